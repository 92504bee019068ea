/* Half-close in both directions: one side has ended, the other still talks. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_shutdown_t sd;
static uv_write_t w;
static int ended;

static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("t", n, b);
  if (n < 0) ended = 1;
  say("  readable %d, writable %d", uv_is_readable(s), uv_is_writable(s));
}
static void shutdown_cb(uv_shutdown_t *r, int status) {
  say("shut down: %s (handle %d, type %d)", name(status), r->handle == S(&t),
      r->type == UV_SHUTDOWN);
  say("  readable %d, writable %d", uv_is_readable(r->handle),
      uv_is_writable(r->handle));
}
static void write_cb(uv_write_t *r, int status) {
  (void) r;
  say("written: %s", name(status));
}

int main(void) {
  uv_buf_t x = text_buf("still here");
  int peer;
  begin();
  MUST(uv_loop_init(&loop));

  say("we end first, the peer talks on");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  say("writable %d", uv_is_writable(S(&t)));
  run(&loop, UV_RUN_ONCE);
  peer_sees(peer, 10);
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  TRY(uv_try_write(S(&t), &x, 1));
  put(peer, "more");
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_ONCE);
  close(peer);
  UNTIL(&loop, ended);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("the peer ends first, we talk on");
  ended = 0;
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  SYS(shutdown(peer, SHUT_WR));
  UNTIL(&loop, ended);
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 100);
  TRY(uv_try_write(S(&t), &x, 1));
  peer_sees(peer, 100);
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 100);
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  say("readable %d, writable %d", uv_is_readable(S(&t)), uv_is_writable(S(&t)));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("the peer stops reading: our writes still go out");
  ended = 0;
  peer = tcp_with_peer(&loop, &t);
  SYS(shutdown(peer, SHUT_RD));
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);
  return finish(&loop);
}
