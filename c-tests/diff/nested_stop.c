/* A callback stops a handle that was ready together with its own, and runs the loop once:
 * what was ready for nobody does not end that run, which waits for the timer. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t first;
static union {
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
} second;
static uv_timer_t timer;
static uv_check_t check;
static int turns;

static void timer_cb(uv_timer_t *h) {
  (void) h;
  say("  timer");
}
static void check_cb(uv_check_t *h) {
  (void) h;
  turns++;
}
static void read_second(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("  second", n, b);
}
static void read_first(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("  first", n, b);
  MUST(uv_read_stop(s));
  MUST(uv_read_stop(&second.stream));
  turns = 0;
  run(&loop, UV_RUN_ONCE);
  say("  turns: %d", turns);
}

static void scenario(const char *what, int tcp) {
  int to_first, to_second, fds[2];
  say("%s", what);
  to_first = tcp_with_peer(&loop, &first);
  if (tcp) {
    to_second = tcp_with_peer(&loop, &second.tcp);
  } else {
    SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    MUST(uv_pipe_init(&loop, &second.pipe, 0));
    MUST(uv_pipe_open(&second.pipe, fds[0]));
    to_second = fds[1];
  }
  MUST(uv_read_start(S(&first), alloc_static, read_first));
  MUST(uv_read_start(&second.stream, alloc_static, read_second));
  uv_run(&loop, UV_RUN_NOWAIT);
  put(to_first, "x");
  settle_handle(&first, POLLIN);
  put(to_second, "x");
  settle_handle(&second.stream, POLLIN);
  MUST(uv_timer_start(&timer, timer_cb, 30, 0));
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_read_start(&second.stream, alloc_static, read_second));
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&first);
  CLOSE(&second);
  uv_run(&loop, UV_RUN_NOWAIT);
  close(to_first);
  close(to_second);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_check_start(&check, check_cb));
  scenario("tcp", 1);
  scenario("local", 0);
  close_all(&loop);
  return finish(&loop);
}
