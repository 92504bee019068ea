/* uv_shutdown in every state. */
#include "trace.h"

enum { BIG = 4 << 20 };

static uv_loop_t loop;
static uv_tcp_t t;
static uv_shutdown_t sd, sd2;
static uv_write_t w[2];
static uv_connect_t c;

static void shutdown_cb(uv_shutdown_t *s, int status) {
  say("  shut down (%s): %s, queue %d, writable %d", s == &sd ? "1" : "2",
      name(status), (int) t.write_queue_size, uv_is_writable(S(&t)));
}
static void write_cb(uv_write_t *r, int status) {
  say("  %s: %s", (const char *) r->data, name(status));
}
static void connect_cb(uv_connect_t *q, int status) {
  (void) q;
  say("  connected: %s", name(status));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
}
static void drain(void *arg) {
  static char sink[65536];
  while (AGAIN(read(*(int *) arg, sink, sizeof sink)) > 0) {}
}

int main(void) {
  uv_thread_t reader;
  uv_buf_t b, s = text_buf("abc");
  struct sockaddr_in a;
  char *big = calloc(1, BIG);
  int port, hold, l, peer;
  begin();
  MUST(uv_loop_init(&loop));
  w[0].data = "big";
  w[1].data = "small";
  b = uv_buf_init(big, BIG);

  say("no socket; bound; listening");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  a = loopback(0);
  MUST(uv_tcp_bind(&t, SA(&a), 0));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  close_all(&loop);

  say("connected: once, twice, after");
  peer = tcp_with_peer(&loop, &t);
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  say("alive %d, active %d", uv_loop_alive(&loop), uv_is_active(H(&t)));
  TRY(uv_shutdown(&sd2, S(&t), shutdown_cb));
  TRY(uv_write(&w[1], S(&t), &s, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_shutdown(&sd2, S(&t), shutdown_cb));
  CLOSE(&t);
  TRY(uv_shutdown(&sd2, S(&t), shutdown_cb));
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("null callback");
  peer = tcp_with_peer(&loop, &t);
  TRY(uv_shutdown(&sd, S(&t), NULL));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 10);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("behind queued writes");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_write(&w[0], S(&t), &b, 1, write_cb));
  MUST(uv_write(&w[1], S(&t), &s, 1, write_cb));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_thread_create(&reader, drain, &peer));
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_thread_join(&reader));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("behind finished writes");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_write(&w[1], S(&t), &s, 1, write_cb));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("in the connect callback");
  l = plain_listen(&port, 1);
  a = loopback(port);
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("while connecting, behind a queued write");
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  MUST(uv_write(&w[1], S(&t), &s, 1, write_cb));
  TRY(uv_shutdown(&sd2, S(&t), shutdown_cb));
  TRY(uv_try_write(S(&t), &s, 1));
  run(&loop, UV_RUN_DEFAULT);
  close(l);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("of a connection that fails");
  port = closed_port(&hold);
  a = loopback(port);
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_DEFAULT);
  close(hold);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("after a reset");
  peer = tcp_with_peer(&loop, &t);
  reset(peer);
  settle_handle(&t, POLLRDHUP);
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  free(big);
  return finish(&loop);
}
