/* UV_EOF when the last data filled the buffer exactly; UV_EOF and read_start. */
#include "trace.h"

static uv_loop_t loop;
static char four[4];
static int allocs;

static void alloc_four(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  (void) h;
  say("  alloc, suggested %d", (int) suggested);
  allocs++;
  *buf = uv_buf_init(four, sizeof four);
}
static void read_four(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read(label(s), n, b);
}
static void restart_on_eof(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read(label(s), n, b);
  if (n == UV_EOF) {
    TRY(uv_read_start(s, alloc_four, read_four));
    TRY(uv_read_stop(s));
    TRY(uv_read_start(s, alloc_four, read_four));
  }
}

int main(void) {
  static uv_tcp_t t;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  put(peer, "12345678");
  close(peer);
  settle_handle(&t, POLLRDHUP);
  MUST(uv_read_start(S(&t), alloc_four, read_four));
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("a short last read");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  put(peer, "123456");
  close(peer);
  settle_handle(&t, POLLRDHUP);
  MUST(uv_read_start(S(&t), alloc_four, read_four));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("read_start inside the EOF callback");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  close(peer);
  settle_handle(&t, POLLRDHUP);
  MUST(uv_read_start(S(&t), alloc_four, restart_on_eof));
  run(&loop, UV_RUN_ONCE);
  say("active %d", uv_is_active(H(&t)));
  run(&loop, UV_RUN_NOWAIT);
  close_all(&loop);
  return finish(&loop);
}
