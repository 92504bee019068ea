/* Closing with writes, a connect or a shutdown still pending. */
#include "trace.h"

enum { BIG = 8 << 20 };

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t r[3];
static uv_connect_t c;
static uv_shutdown_t sd;

static void state(const char *when) {
  say("  %s: queue %s, closing %d, reqs %d", when,
      t.write_queue_size ? "some" : "0", uv_is_closing(H(&t)),
      loop.active_reqs.count);
}
static void write_cb(uv_write_t *w, int status) {
  say("  %s: %s", (const char *) w->data, name(status));
  state("in write callback");
}
static void connect_cb(uv_connect_t *q, int status) {
  (void) q;
  say("  connected: %s", name(status));
}
static void shutdown_cb(uv_shutdown_t *s, int status) {
  (void) s;
  say("  shut down: %s", name(status));
}
static void close_cb(uv_handle_t *h) {
  (void) h;
  say("  closed");
  state("in close callback");
}
static void connect_then_write(void) {
  uv_buf_t s = text_buf("abc");
  struct sockaddr_in a;
  int port, l = plain_listen(&port, 1);
  a = loopback(port);
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  TRY(uv_write(&r[0], S(&t), &s, 1, write_cb));
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  state("while connecting");
  uv_close(H(&t), close_cb);
  state("closing");
  run(&loop, UV_RUN_DEFAULT);
  close(l);
}

int main(void) {
  uv_buf_t b, s = text_buf("abc");
  char *big = calloc(1, BIG);
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  r[0].data = "zero";
  r[1].data = "one";
  r[2].data = "two";
  b = uv_buf_init(big, BIG);

  say("pending writes and a shutdown");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_write(&r[0], S(&t), &b, 1, write_cb));
  MUST(uv_write(&r[1], S(&t), &s, 1, write_cb));
  MUST(uv_shutdown(&sd, S(&t), shutdown_cb));
  state("before");
  uv_close(H(&t), close_cb);
  TRY(uv_write(&r[2], S(&t), &s, 1, write_cb));
  TRY(uv_try_write(S(&t), &s, 1));
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("finished writes whose callback is still due");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_write(&r[0], S(&t), &s, 1, write_cb));
  MUST(uv_write(&r[1], S(&t), &s, 1, NULL));
  MUST(uv_write(&r[2], S(&t), &s, 1, write_cb));
  uv_close(H(&t), close_cb);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("a pending connect");
  connect_then_write();

  say("a failed write");
  peer = tcp_with_peer(&loop, &t);
  reset(peer);
  settle_handle(&t, POLLRDHUP);
  MUST(uv_write(&r[0], S(&t), &s, 1, write_cb));
  MUST(uv_write(&r[1], S(&t), &s, 1, write_cb));
  state("failed");
  uv_close(H(&t), close_cb);
  run(&loop, UV_RUN_DEFAULT);

  say("an idle shutdown, null callbacks");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_shutdown(&sd, S(&t), NULL));
  uv_close(H(&t), NULL);
  state("closing");
  run(&loop, UV_RUN_DEFAULT);
  close(peer);
  state("after");
  free(big);
  return finish(&loop);
}
