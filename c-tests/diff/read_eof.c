/* What a reader sees when the peer ends: data then UV_EOF, and what after it. */
#include "trace.h"

static uv_loop_t loop;

static void read_once(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read(label(s), n, b);
  say("  base %s, readable %d, writable %d, active %d",
      b->base ? "given" : "null", uv_is_readable(s), uv_is_writable(s),
      uv_is_active(H(s)));
}
static void read_close(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read(label(s), n, b);
  if (n < 0) CLOSE(s);
}

int main(void) {
  static uv_tcp_t t;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));

  say("data, then the end");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  say("readable %d, writable %d", uv_is_readable(S(&t)), uv_is_writable(S(&t)));
  TRY(uv_read_start(S(&t), alloc_static, read_once));
  put(peer, "DATA");
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_ONCE);
  close(peer);
  settle_handle(&t, POLLRDHUP);
  run(&loop, UV_RUN_ONCE);
  say("after EOF the handle does not keep the loop alive");
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_read_stop(S(&t)));
  TRY(uv_read_start(S(&t), alloc_static, read_once));
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("both at once");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  put(peer, "DATA");
  close(peer);
  settle_handle(&t, POLLRDHUP);
  TRY(uv_read_start(S(&t), alloc_static, read_close));
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_DEFAULT);

  say("reading starts only after the hang-up");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  put(peer, "before");
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  settle_handle(&t, POLLRDHUP);
  run(&loop, UV_RUN_NOWAIT);
  TRY(uv_read_start(S(&t), alloc_static, read_close));
  run(&loop, UV_RUN_DEFAULT);

  say("read, stop, hang-up, read again");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  TRY(uv_read_start(S(&t), alloc_static, read_close));
  put(peer, "one");
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_ONCE);
  TRY(uv_read_stop(S(&t)));
  put(peer, "two");
  close(peer);
  settle_handle(&t, POLLRDHUP);
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  TRY(uv_read_start(S(&t), alloc_static, read_close));
  run(&loop, UV_RUN_DEFAULT);

  say("the end alone, with no data ever");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  TRY(uv_read_start(S(&t), alloc_static, read_close));
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
