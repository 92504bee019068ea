/* ECONNRESET: what reader, writer and loop see; uv_tcp_close_reset. */
#include "trace.h"

static uv_loop_t loop;

static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read(label(s), n, b);
  say("  readable %d, writable %d", uv_is_readable(s), uv_is_writable(s));
}
static void write_cb(uv_write_t *r, int status) {
  say("%s written: %s", (const char *) r->data, name(status));
}
static void shutdown_cb(uv_shutdown_t *r, int status) {
  (void) r;
  say("shut down: %s", name(status));
}

int main(void) {
  static uv_tcp_t t;
  uv_write_t w;
  uv_shutdown_t sd;
  uv_buf_t x = text_buf("x");
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  w.data = "w";

  say("reset while reading");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  run(&loop, UV_RUN_NOWAIT);
  reset(peer);
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_read_start(S(&t), alloc_static, read_cb));
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  TRY(uv_try_write(S(&t), &x, 1));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("reset before reading");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  put(peer, "lost");
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  reset(peer);
  settle_handle(&t, POLLRDHUP);
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  run(&loop, UV_RUN_ONCE);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("write after reset");
  peer = tcp_with_peer(&loop, &t);
  t.data = "t";
  reset(peer);
  settle_handle(&t, POLLRDHUP);
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  say("queue %d", (int) uv_stream_get_write_queue_size(S(&t)));
  run(&loop, UV_RUN_DEFAULT);
  say("queue %d, writable %d", (int) uv_stream_get_write_queue_size(S(&t)),
      uv_is_writable(S(&t)));
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("try_write after reset");
  peer = tcp_with_peer(&loop, &t);
  reset(peer);
  settle_handle(&t, POLLRDHUP);
  TRY(uv_try_write(S(&t), &x, 1));
  TRY(uv_try_write(S(&t), &x, 1));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("close_reset");
  peer = tcp_with_peer(&loop, &t);
  TRY(uv_tcp_close_reset(&t, closed));
  TRY(uv_is_closing(H(&t)));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 10);
  close(peer);

  say("close_reset during and after a shutdown, and without a socket");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_shutdown(&sd, S(&t), shutdown_cb));
  TRY(uv_tcp_close_reset(&t, closed));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_tcp_close_reset(&t, closed));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 10);
  close(peer);
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_close_reset(&t, closed));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
