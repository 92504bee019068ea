/* uv_cancel of writes and of other requests. */
#include "trace.h"

enum { BIG = 8 << 20 };

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t r[4];
static uv_shutdown_t sd;

static void write_cb(uv_write_t *w, int status) {
  say("  %s: %s, nwritten %s", (const char *) w->data, name(status),
      uv_write_nwritten(w) == 0      ? "none"
      : uv_write_nwritten(w) == BIG ? "all"
                                    : "some");
}
static void write_cb_small(uv_write_t *w, int status) {
  say("  %s: %s, nwritten %d", (const char *) w->data, name(status),
      (int) uv_write_nwritten(w));
}
static void shutdown_cb(uv_shutdown_t *s, int status) {
  (void) s;
  say("  shut down: %s, queue %d", name(status), (int) t.write_queue_size);
}
static void connect_cb(uv_connect_t *c, int status) {
  (void) c;
  say("  connected: %s", name(status));
}

int main(void) {
  uv_buf_t b, s = text_buf("abc");
  char *big = calloc(1, BIG);
  uv_connect_t connect_req;
  struct sockaddr_in a;
  size_t before;
  int i, l, port, peer;
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  r[0].data = "big";
  r[1].data = "one";
  r[2].data = "two";
  r[3].data = "three";
  b = uv_buf_init(big, BIG);

  say("cancel one in the middle");
  MUST(uv_write(&r[0], S(&t), &b, 1, write_cb));
  for (i = 1; i < 4; i++) MUST(uv_write(&r[i], S(&t), &s, 1, write_cb_small));
  before = t.write_queue_size;
  TRY(uv_cancel((uv_req_t *) &r[2]));
  say("queue changed by %d", (int) (before - t.write_queue_size));
  TRY(uv_cancel((uv_req_t *) &r[2]));
  run(&loop, UV_RUN_NOWAIT);
  /* Some of the big one may have gone: the kernel makes room in its own time. */
  say("the big one waits: %d", t.write_queue_size > 6 && before - t.write_queue_size >= 3);

  say("cancel the one that is partly written, shutdown is waiting");
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  TRY(uv_cancel((uv_req_t *) &sd));
  TRY(uv_cancel((uv_req_t *) &r[0]));
  TRY(uv_cancel((uv_req_t *) &r[1]));
  TRY(uv_cancel((uv_req_t *) &r[3]));
  run(&loop, UV_RUN_NOWAIT);
  say("queue %d", (int) t.write_queue_size);
  {
    static char sink[65536];
    int n;
    SYS(fcntl(peer, F_SETFL, O_NONBLOCK));
    run(&loop, UV_RUN_DEFAULT);
    do {
      settle(peer, POLLIN);
      n = (int) AGAIN(read(peer, sink, sizeof sink));
    } while (n > 0);
    say("peer: end %d", n == 0);
  }
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("cancel one that is already done");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_write(&r[1], S(&t), &s, 1, write_cb_small));
  TRY(uv_cancel((uv_req_t *) &r[1]));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 10);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("cancel a connect");
  l = plain_listen(&port, 1);
  a = loopback(port);
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_connect(&connect_req, &t, SA(&a), connect_cb));
  TRY(uv_cancel((uv_req_t *) &connect_req));
  run(&loop, UV_RUN_DEFAULT);
  close(l);
  close_all(&loop);
  free(big);
  return finish(&loop);
}
