/* uv_run inside the read callback of a stream from which there is more to be read: the
 * inner run reads it. Programs that wait for an answer do that. */
#include "trace.h"

static uv_loop_t loop;
static union {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
} it;
static int peer, depth, inside;

static void alloc_few(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  alloc_static(h, suggested, buf);
  buf->len = 4;
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("it", n, b);
  if (depth == inside) return;
  depth++;
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  depth--;
}
static void attach(int tcp) {
  int fds[2];
  if (tcp) {
    peer = tcp_with_peer(&loop, &it.tcp);
  } else {
    SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    MUST(uv_pipe_init(&loop, &it.pipe, 0));
    MUST(uv_pipe_open(&it.pipe, fds[0]));
    peer = fds[1];
  }
}
static void scenario(const char *what, int few, int end) {
  say("%s, %d inside", what, inside);
  MUST(uv_read_start(&it.stream, few ? alloc_few : alloc_static, read_cb));
  put(peer, "one two");
  if (end) SYS(shutdown(peer, SHUT_WR));
  settle_handle(&it, end ? POLLRDHUP : POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  if (!uv_is_closing(&it.handle)) CLOSE(&it);
  uv_run(&loop, UV_RUN_DEFAULT);
  close(peer);
}

int main(void) {
  int tcp;
  begin();
  MUST(uv_loop_init(&loop));
  for (tcp = 0; tcp < 2; tcp++) {
    say(tcp ? "tcp" : "local");
    for (inside = 0; inside < 3; inside++) {
      attach(tcp);
      scenario("more than fits", 1, 0);
      attach(tcp);
      scenario("more than fits, and the end", 1, 1);
      attach(tcp);
      scenario("the end", 0, 1);
    }
  }
  return finish(&loop);
}
