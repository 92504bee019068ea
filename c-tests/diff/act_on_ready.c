/* Two handles are ready in one poll, and the callback of the first starts, stops or
 * restarts the second: whether that one is called in the same turn, in the next or not at
 * all. It was ready before, and nobody wanted to know, or is since the loop waits; and an
 * async handle is due as well, or not. */
#include "trace.h"

enum { TCP, LOCAL, FIFO, UDP, POLL, KINDS };
enum { STOP = 1, START = 2, STOP_AGAIN = 4, ACTS = 8 };

static const char *const kinds[] = {"tcp", "local", "fifo", "udp", "poll"};
static uv_loop_t loop;
static uv_tcp_t first;
static uv_check_t check;
static uv_async_t async;
static union {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
  uv_udp_t udp;
  uv_poll_t poll;
} second;
static int kind, acts, to_first, to_second, fd;

static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("  second", n, b);
}
static void recv_cb(uv_udp_t *u, ssize_t n, const uv_buf_t *b,
                    const struct sockaddr *from, unsigned flags) {
  (void) u;
  (void) flags;
  if (from) say_read("  second", n, b);
}
static void poll_cb(uv_poll_t *p, int status, int events) {
  char text[64];
  (void) p;
  say("  second: %s, events %d, %d bytes", name(status), events,
      (int) AGAIN(read(fd, text, sizeof text)));
}

static void start(void) {
  switch (kind) {
  case UDP: TRY(uv_udp_recv_start(&second.udp, alloc_static, recv_cb)); break;
  case POLL: TRY(uv_poll_start(&second.poll, UV_READABLE, poll_cb)); break;
  default: TRY(uv_read_start(&second.stream, alloc_static, read_cb));
  }
}
static void stop(void) {
  switch (kind) {
  case UDP: MUST(uv_udp_recv_stop(&second.udp)); break;
  case POLL: MUST(uv_poll_stop(&second.poll)); break;
  default: MUST(uv_read_stop(&second.stream));
  }
}
static void read_first(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("  first", n, b);
  if (acts & STOP) stop();
  if (acts & START) start();
  if (acts & STOP_AGAIN) stop();
  acts = 0;
}
static void check_cb(uv_check_t *h) {
  (void) h;
  say("  check");
}
static void async_cb(uv_async_t *h) {
  (void) h;
  say("  async");
}

static void open_second(void) {
  struct sockaddr_in a = loopback(0);
  int fds[2], n = sizeof a;
  uv_os_fd_t mine;
  if (kind == TCP) to_second = tcp_with_peer(&loop, &second.tcp);
  if (kind == LOCAL) SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  if (kind == FIFO) SYS(pipe2(fds, O_CLOEXEC));
  if (kind == LOCAL || kind == FIFO) {
    MUST(uv_pipe_init(&loop, &second.pipe, 0));
    MUST(uv_pipe_open(&second.pipe, fds[0]));
    to_second = fds[1];
  }
  if (kind == UDP) {
    MUST(uv_udp_init(&loop, &second.udp));
    MUST(uv_udp_bind(&second.udp, SA(&a), 0));
    MUST(uv_udp_getsockname(&second.udp, SA(&a), &n));
    SYS(to_second = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    SYS(connect(to_second, SA(&a), sizeof a));
  }
  if (kind == POLL) {
    plain_pair(fds);
    MUST(uv_poll_init(&loop, &second.poll, fds[0]));
    to_second = fds[1];
  }
  MUST(uv_fileno(&second.handle, &mine));
  fd = mine;
}
static void turn(void) { uv_run(&loop, UV_RUN_NOWAIT); }

static void scenario(int started, int in_vain, int what, int send) {
  say("%s: %sstarted before, ready %s%s; then%s%s%s", kinds[kind], started ? "" : "not ",
      in_vain ? "for long" : "now", send ? ", async" : "", what & STOP ? " stop" : "",
      what & START ? " start" : "", what & STOP_AGAIN ? " stop" : "");
  open_second();
  start();
  turn();
  if (!started) stop();
  if (in_vain) {
    put(to_second, "early ");
    settle(fd, POLLIN);
    turn();
    /* What was served stays in the epoll set's queue until it is looked at again. */
    turn();
  }
  if (send) MUST(uv_async_send(&async));
  put(to_first, "x");
  settle_handle(&first, POLLIN);
  put(to_second, "x");
  settle(fd, POLLIN);
  acts = what;
  turn();
  turn();
  uv_close(&second.handle, NULL);
  turn();
  close(to_second);
  if (kind == POLL) close(fd);
}

int main(void) {
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_check_start(&check, check_cb));
  MUST(uv_async_init(&loop, &async, async_cb));
  to_first = tcp_with_peer(&loop, &first);
  MUST(uv_read_start(S(&first), alloc_static, read_first));
  for (kind = 0; kind < KINDS; kind++)
    for (i = 0; i < 8 * ACTS; i++)
      scenario(i / ACTS & 1, i / ACTS & 2, i % ACTS, i / ACTS & 4);
  close(to_first);
  close_all(&loop);
  return finish(&loop);
}
