/* Descriptors that are ready although nobody is interested must not keep the
 * loop from sleeping: the number of turns until a timer fires stays small. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_prepare_t prepare;
static uv_tcp_t t, server;
static uv_write_t w;
static int turns, connections;

static void on_timer(uv_timer_t *h) { (void) h; }
static void on_prepare(uv_prepare_t *h) { (void) h; turns++; }
static void on_connection(uv_stream_t *s, int status) {
  (void) s;
  (void) status;
  connections++;
}
static void on_write(uv_write_t *r, int status) { (void) r; say("written %s", name(status)); }
static void read_quiet(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) b;
  if (n < 0) say("read %s", name(n));
  if (n < 0) uv_read_stop(s);
}
static void sleepy(const char *what) {
  turns = 0;
  MUST(uv_timer_start(&timer, on_timer, 40, 0));
  while (uv_is_active(H(&timer))) uv_run(&loop, UV_RUN_ONCE);
  say("%s: %s", what, turns <= 4 ? "sleeps" : "SPINS");
}
static void fresh(int *peer) {
  if (t.loop) {
    uv_close(H(&t), NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    close(*peer);
  }
  *peer = tcp_with_peer(&loop, &t);
}

int main(void) {
  uv_buf_t x = text_buf("x");
  int peer, port, pending[3], i;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_prepare_start(&prepare, on_prepare));
  fresh(&peer);
  sleepy("opened only");
  put(peer, "data");
  settle_handle(&t, POLLIN);
  sleepy("data, not reading");
  fresh(&peer);
  MUST(uv_read_start(S(&t), alloc_static, read_quiet));
  sleepy("reading, nothing comes");
  put(peer, "data");
  sleepy("reading, data comes");
  MUST(uv_read_stop(S(&t)));
  put(peer, "data");
  settle_handle(&t, POLLIN);
  sleepy("data, stopped");
  SYS(shutdown(peer, SHUT_WR));
  settle_handle(&t, POLLRDHUP);
  sleepy("data and the end, stopped");
  MUST(uv_read_start(S(&t), alloc_static, read_quiet));
  sleepy("reading to the end");
  sleepy("after the end");
  MUST(uv_write(&w, S(&t), &x, 1, on_write));
  sleepy("a write after the end");
  fresh(&peer);
  put(peer, "data");
  MUST(uv_read_start(S(&t), alloc_static, read_quiet));
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_read_stop(S(&t));
  reset(peer);
  peer = dup(0);
  settle_handle(&t, POLLRDHUP);
  sleepy("reset, not reading");
  MUST(uv_write(&w, S(&t), &x, 1, on_write));
  sleepy("a write after the reset");
  fresh(&peer);
  MUST(uv_read_start(S(&t), alloc_static, read_quiet));
  reset(peer);
  peer = dup(0);
  sleepy("reset, reading");
  sleepy("after the reset");
  port = tcp_listener(&loop, &server, on_connection);
  sleepy("listening");
  for (i = 0; i < 3; i++) pending[i] = plain_connect(port);
  settle_handle(&server, POLLIN);
  sleepy("connections that nobody accepts");
  say("callbacks %d", connections);
  for (i = 0; i < 3; i++) reset(pending[i]);
  sleepy("and that are reset");
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
