/* How many connections a listener takes per turn, and what else moves on. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t server, c[10];
static uv_prepare_t prepare;
static int accepted, reads;

static void connection_cb(uv_stream_t *s, int status) {
  say("  connection: %s", name(status));
  MUST(uv_accept(s, S(&c[accepted++])));
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  (void) b;
  if (n > 0) reads++;
}
static void on_prepare(uv_prepare_t *p) {
  (void) p;
  say("turn, %d accepted, %d reads", accepted, reads);
}

int main(void) {
  int i, port, peers[10], other;
  static uv_tcp_t t;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < 10; i++) MUST(uv_tcp_init(&loop, &c[i]));
  other = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_prepare_start(&prepare, on_prepare));
  port = tcp_listener(&loop, &server, connection_cb);
  for (i = 0; i < 4; i++) peers[i] = plain_connect(port);
  put(other, "x");
  settle_handle(&server, POLLIN);
  settle_handle(&t, POLLIN);
  for (i = 0; i < 6; i++) uv_run(&loop, UV_RUN_NOWAIT);
  say("blocking turns");
  for (i = 4; i < 8; i++) peers[i] = plain_connect(port);
  settle_handle(&server, POLLIN);
  while (accepted < 8) uv_run(&loop, UV_RUN_ONCE);
  say("closing the listener with two still waiting");
  for (i = 8; i < 10; i++) peers[i] = plain_connect(port);
  CLOSE(&server);
  uv_run(&loop, UV_RUN_NOWAIT);
  settle(peers[9], POLLIN);
  peer_sees(peers[9], 1);
  for (i = 0; i < 10; i++) close(peers[i]);
  close(other);
  close_all(&loop);
  return finish(&loop);
}
