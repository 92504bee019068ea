/* Closing the stream inside each of its own callbacks. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t w[2];
static uv_connect_t c;
static uv_shutdown_t sd;

static void write_cb(uv_write_t *r, int status) {
  say("  %s: %s", (const char *) r->data, name(status));
  if (!uv_is_closing(H(&t))) CLOSE(&t);
}
static void connect_cb(uv_connect_t *q, int status) {
  (void) q;
  say("  connected: %s", name(status));
  CLOSE(&t);
}
static void shutdown_cb(uv_shutdown_t *s, int status) {
  (void) s;
  say("  shut down: %s", name(status));
  if (!uv_is_closing(H(&t))) CLOSE(&t);
}
static void alloc_close(uv_handle_t *h, size_t n, uv_buf_t *b) {
  alloc_static(h, n, b);
  say("  alloc");
}
static void read_close(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("  t", n, b);
  CLOSE(&t);
}
static void connection_cb(uv_stream_t *s, int status) {
  say("  connection: %s", name(status));
  CLOSE(s);
}

int main(void) {
  uv_buf_t s = text_buf("abc");
  struct sockaddr_in a;
  int port, hold, l, peer;
  begin();
  MUST(uv_loop_init(&loop));
  w[0].data = "w0";
  w[1].data = "w1";

  say("in a write callback, with another due and a shutdown waiting");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_write(&w[0], S(&t), &s, 1, write_cb));
  MUST(uv_write(&w[1], S(&t), &s, 1, write_cb));
  MUST(uv_shutdown(&sd, S(&t), shutdown_cb));
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("in a shutdown callback");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_shutdown(&sd, S(&t), shutdown_cb));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 10);
  close(peer);

  say("in a read callback, a write callback being due in the same turn");
  peer = tcp_with_peer(&loop, &t);
  put(peer, "ping");
  settle_handle(&t, POLLIN);
  MUST(uv_read_start(S(&t), alloc_close, read_close));
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("in a connect callback, with a write queued");
  l = plain_listen(&port, 1);
  a = loopback(port);
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  MUST(uv_write(&w[0], S(&t), &s, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  close(l);

  say("in a failed connect's callback, with a write queued");
  port = closed_port(&hold);
  a = loopback(port);
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  MUST(uv_write(&w[0], S(&t), &s, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  close(hold);

  say("in a connection callback, not accepted");
  port = tcp_listener(&loop, &t, connection_cb);
  peer = plain_connect(port);
  run(&loop, UV_RUN_DEFAULT);
  settle(peer, POLLIN);
  peer_sees(peer, 10);
  close(peer);
  return finish(&loop);
}
