/* Writing to a peer that is gone: the first write goes out, a later one fails,
 * and reading goes on to its own end. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t w[3];
static uv_shutdown_t sd;

static void on_write(uv_write_t *r, int status) {
  say("  %s: %s, queue %d", (const char *) r->data, name(status), (int) t.write_queue_size);
}
static void on_shutdown(uv_shutdown_t *r, int status) {
  (void) r;
  say("  shut down: %s", name(status));
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("  t", n, b);
}

int main(void) {
  uv_buf_t x = text_buf("x");
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  w[0].data = "first";
  w[1].data = "second";
  w[2].data = "third";
  say("the peer has closed");
  peer = tcp_with_peer(&loop, &t);
  put(peer, "bye");
  close(peer);
  settle_handle(&t, POLLRDHUP);
  TRY(uv_write(&w[0], S(&t), &x, 1, on_write));
  run(&loop, UV_RUN_ONCE);
  settle_handle(&t, POLLHUP);
  TRY(uv_write(&w[1], S(&t), &x, 1, on_write));
  TRY(uv_write(&w[2], S(&t), &x, 1, on_write));
  TRY(uv_shutdown(&sd, S(&t), on_shutdown));
  run(&loop, UV_RUN_ONCE);
  say("then read");
  TRY(uv_read_start(S(&t), alloc_static, on_read));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  say("readable %d, writable %d", uv_is_readable(S(&t)), uv_is_writable(S(&t)));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
