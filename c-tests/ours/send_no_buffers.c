/* Sending fails with ENOBUFS, a few times or for good, though the kernel reports the
 * descriptor as writable: the queue of a network interface is full.
 *
 * libuv 1.53.0: takes it for EAGAIN, and polls and tries at once, on all of a processor.
 * right: tries again after pauses. All the data arrives, in order, when the buffers are
 *   there again; a request fails with UV_ENOBUFS after about a second without, and those
 *   behind it too. uv_try_write() and uv_udp_try_send() return UV_EAGAIN. A handle that
 *   waits can be closed.
 */
#include "inject.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define CPU_MS 250 /* a loop that spins takes all of a second */
#define REQUESTS 3
#define FOR_GOOD 1000000

enum { TCP, UNIX, UDP, KINDS };
enum { PASSES, LASTS, CLOSES, WAYS };

static uv_loop_t loop;
static union {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
  uv_udp_t udp;
} u;
static uv_write_t writes[REQUESTS];
static uv_udp_send_t sends[REQUESTS];
static uv_timer_t timer;
static int done, expected;

static void on_done(int status, int index) {
  CHECK(index == done, "request %d before %d", index, done);
  CHECK(status == expected, "request %d: %s", index, status ? uv_err_name(status) : "0");
  done++;
}
static void on_written(uv_write_t *req, int status) {
  on_done(status, (int)(req - writes));
}
static void on_sent(uv_udp_send_t *req, int status) {
  on_done(status, (int)(req - sends));
}
static void on_timer(uv_timer_t *t) {
  (void)t;
  CHECK(done == 0, "%d requests are done", done);
  uv_close(&u.handle, NULL);
}

static void open_pair(int kind, int *fds) {
  int type = kind == UDP ? SOCK_DGRAM : SOCK_STREAM;
  if (kind == UNIX) {
    CHECK(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds) == 0, "socketpair");
  } else {
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof addr;
    int server = socket(AF_INET, type, 0);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(server, (struct sockaddr *)&addr, len) == 0, "bind");
    CHECK(kind == UDP || listen(server, 1) == 0, "listen");
    getsockname(server, (struct sockaddr *)&addr, &len);
    fds[0] = socket(AF_INET, type, 0);
    CHECK(connect(fds[0], (struct sockaddr *)&addr, len) == 0, "connect");
    fds[1] = kind == UDP ? server : accept(server, NULL, NULL);
  }
  int r = kind == TCP    ? uv_tcp_init(&loop, &u.tcp) || uv_tcp_open(&u.tcp, fds[0])
          : kind == UNIX ? uv_pipe_init(&loop, &u.pipe, 0) || uv_pipe_open(&u.pipe, fds[0])
                         : uv_udp_init(&loop, &u.udp) || uv_udp_open(&u.udp, fds[0]);
  CHECK(r == 0, "opening the handle");
}

struct one {
  int kind, way;
};

static void scenario(void *arg) {
  struct one *one = arg;
  int fds[2], udp = one->kind == UDP, times = one->way == PASSES ? 6 : FOR_GOOD;
  char in[16] = "";
  uv_buf_t buf[REQUESTS] = {{"one", 3}, {"two", 3}, {"six", 3}};
  uv_loop_init(&loop);
  open_pair(one->kind, fds);
  inject(SYS_sendto, 0, times, ENOBUFS);
  inject(SYS_sendmsg, 0, times, ENOBUFS);
  inject(SYS_sendmmsg, 0, times, ENOBUFS);
  inject_start();
  int r = udp ? uv_udp_try_send(&u.udp, buf, 1, NULL) : uv_try_write(&u.stream, buf, 1);
  CHECK(r == UV_EAGAIN, "a try returns %d", r);
  for (int i = 0; i < REQUESTS; i++) {
    r = udp ? uv_udp_send(&sends[i], &u.udp, &buf[i], 1, NULL, on_sent)
            : uv_write(&writes[i], &u.stream, &buf[i], 1, on_written);
    CHECK(r == 0, "request %d: %s", i, uv_err_name(r));
  }
  expected = one->way == PASSES ? 0 : one->way == LASTS ? UV_ENOBUFS : UV_ECANCELED;
  uv_timer_init(&loop, &timer);
  if (one->way == CLOSES) uv_timer_start(&timer, on_timer, 50, 0);
  double cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID), began = clock_ms(CLOCK_MONOTONIC);
  uv_run(&loop, UV_RUN_DEFAULT);
  double used = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  double passed = clock_ms(CLOCK_MONOTONIC) - began;
  CHECK(done == REQUESTS, "%d requests are done", done);
  CHECK(used < CPU_MS, "%.0f ms of CPU", used);
  if (one->way == LASTS) CHECK(passed > 500, "fails after %.0f ms", passed);
  if (one->way == PASSES)
    for (int at = 0; at < 9;) {
      int n = (int)read(fds[1], in + at, sizeof in - at);
      CHECK(n > 0, "read: %s", strerror(errno));
      at += n;
    }
  CHECK(one->way != PASSES || strcmp(in, "onetwosix") == 0, "'%s' has arrived", in);
  if (one->way != CLOSES) uv_close(&u.handle, NULL);
  uv_close((uv_handle_t *)&timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "the loop does not close");
}

int main(void) {
  static const char *kinds[] = {"TCP", "a unix socket", "UDP"};
  static const char *ways[] = {"for a while", "for good", "for good, closed"};
  int wrong = 0;
  for (int kind = 0; kind < KINDS; kind++)
    for (int way = 0; way < WAYS; way++) {
      char name[64];
      snprintf(name, sizeof name, "%s, %s", kinds[kind], ways[way]);
      wrong += in_child(name, scenario, &(struct one){kind, way});
    }
  CHECK(wrong == 0, "%d of these", wrong);
  return 0;
}
