/* Data that a reader leaves is reported again, however reading is interrupted. */
#include "trace.h"

static uv_loop_t loop;
static uv_pipe_t p;
static int reads, limit;
static char small[4];

static void alloc_small(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  (void) h;
  (void) n;
  *buf = uv_buf_init(small, sizeof small);
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("p", n, b);
  if (++reads == limit) TRY(uv_read_stop(s));
}
static void pass(const char *what, int fds[2]) {
  say("%s", what);
  MUST(uv_pipe_init(&loop, &p, 0));
  MUST(uv_pipe_open(&p, fds[0]));
  put(fds[1], "abcdefghijk");
  for (limit = 1; limit < 4; limit++) {
    reads = 0;
    MUST(uv_read_start(S(&p), alloc_small, read_cb));
    say("started, active %d", uv_is_active(H(&p)));
    run(&loop, UV_RUN_ONCE);
    uv_read_stop(S(&p));
    run(&loop, UV_RUN_NOWAIT);
    put(fds[1], "ABCDEF");
  }
  say("closed with data left");
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);
  close(fds[1]);
}

int main(void) {
  int fds[2];
  begin();
  MUST(uv_loop_init(&loop));
  SYS(pipe2(fds, O_CLOEXEC));
  pass("pipe", fds);
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  pass("socket", fds);
  return finish(&loop);
}
