/* A write that waits for room on a TCP socket whose error queue had something once.
 *
 * The completions of zero-copy sends that the program makes itself raise EPOLLERR. The program
 * takes them off the error queue at once; nothing else happens on the socket.
 *
 * libuv 1.53.0: the loop sleeps.
 * right: the loop sleeps.
 */
#include "check.h"
#include <netinet/in.h>
#include <sys/socket.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#define MSG_ZEROCOPY 0x4000000
#endif

static uv_loop_t loop;
static uv_tcp_t stream;
static uv_timer_t timer;
static uv_write_t writing;
static char bytes[64 << 20];
static int fds[2], steps;
static uint64_t turns_before;

static void tcp_pair(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  fds[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&at, length) || listen(listener, 1) ||
      getsockname(listener, (struct sockaddr *)&at, &length) ||
      connect(fds[0], (struct sockaddr *)&at, length))
    SKIP("no TCP connection: %s", strerror(errno));
  fds[1] = accept(listener, NULL, NULL);
}

static int take_completions(void) {
  char data[64], control[512];
  int count = 0;
  for (;;) {
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    if (recvmsg(fds[0], &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return count;
    count++;
  }
}

static uint64_t turns(void) {
  uv_metrics_t metrics;
  uv_metrics_info(&loop, &metrics);
  return metrics.loop_count;
}

static void on_written(uv_write_t *req, int status) {
  (void)req;
  CHECK(status == UV_ECANCELED, "the write ended with %d", status);
}

static void on_timer(uv_timer_t *t) {
  static char sink[1 << 17];
  if (++steps == 1) {
    /* The peer takes what was sent without copying: its pages are free. */
    if (recv(fds[1], sink, sizeof sink, MSG_DONTWAIT) <= 0) SKIP("nothing was sent");
  } else if (steps == 2) {
    if (take_completions() == 0) SKIP("the kernel has copied: no completion was queued");
    turns_before = turns();
  } else if (steps == 6) {
    uint64_t made = turns() - turns_before;
    CHECK(made < 100, "%d turns in 0.4 s with nothing to do", (int)made);
    uv_close((uv_handle_t *)&stream, NULL);
    uv_close((uv_handle_t *)t, NULL);
  }
}

int main(void) {
  int on = 1;
  uv_buf_t buf = uv_buf_init(bytes, sizeof bytes);
  deadline(20, "uv_run does not end");
  tcp_pair();
  if (setsockopt(fds[0], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on))
    SKIP("SO_ZEROCOPY: %s", strerror(errno));
  uv_loop_init(&loop);
  uv_tcp_init(&loop, &stream);
  uv_tcp_open(&stream, fds[0]);
  if (send(fds[0], bytes, 16384, MSG_ZEROCOPY | MSG_DONTWAIT) <= 0)
    SKIP("MSG_ZEROCOPY: %s", strerror(errno));
  uv_write(&writing, (uv_stream_t *)&stream, &buf, 1, on_written);
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 100, 100);
  uv_run(&loop, UV_RUN_DEFAULT);
  _exit(0);
}
