/* An allocation callback that gives nothing, and one that also changes who reads. */
#include "trace.h"

static uv_loop_t loop;
static int mode, calls;
static char space[16];

static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read(label(s), n, b);
  say("  len %d", (int) b->len);
}
static void read_otherwise(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say("the other reader:");
  read_cb(s, n, b);
}

static void alloc_nothing(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  (void) h;
  (void) suggested;
  say("  alloc: %s, %d", buf->base ? "base given" : "base null", (int) buf->len);
  switch (mode) {
  case 0: break;
  case 1: *buf = uv_buf_init(space, 0); break;
  case 2: *buf = uv_buf_init(NULL, 16); break;
  case 3:
    if (++calls == 3) *buf = uv_buf_init(space, sizeof space);
    break;
  case 4:
    MUST(uv_read_stop(S(h)));
    MUST(uv_read_start(S(h), alloc_static, read_otherwise));
    break;
  }
}

int main(void) {
  static uv_tcp_t t;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  for (mode = 0; mode < 5; mode++) {
    say("mode %d", mode);
    peer = tcp_with_peer(&loop, &t);
    put(peer, "abc");
    settle_handle(&t, POLLIN);
    MUST(uv_read_start(S(&t), alloc_nothing, read_cb));
    run(&loop, UV_RUN_ONCE);
    run(&loop, UV_RUN_NOWAIT);
    run(&loop, UV_RUN_NOWAIT);
    run(&loop, UV_RUN_NOWAIT);
    say("active %d", uv_is_active(H(&t)));
    MUST(uv_read_stop(S(&t)));
    MUST(uv_read_start(S(&t), alloc_static, read_cb));
    run(&loop, UV_RUN_NOWAIT);
    CLOSE(&t);
    run(&loop, UV_RUN_DEFAULT);
    close(peer);
  }
  return finish(&loop);
}
