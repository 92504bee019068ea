/* Connecting a handle that is connected or was refused: each attempt that is accepted is
 * called back, and one that is not takes nothing away from who reads. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_connect_t again;
static struct sockaddr_in at;
static int dead;

static void connect_cb(uv_connect_t *q, int status) {
  (void) q;
  say("  connected: %s", name(status));
}

static void attempt(int port) {
  at = loopback(port);
  show("  connect", uv_tcp_connect(&again, &t, SA(&at), connect_cb));
}

static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void) s;
  say_read("  t", n, buf);
  if (n > 0) attempt(dead);
}

static void turns(void) {
  int i;
  for (i = 0; i < 3; i++) run(&loop, UV_RUN_NOWAIT);
}

int main(void) {
  int hold, peer, port, l;
  begin();
  MUST(uv_loop_init(&loop));
  dead = closed_port(&hold);
  l = plain_listen(&port, 8);

  say("after success");
  MUST(uv_tcp_init(&loop, &t));
  attempt(port);
  settle_handle(&t, POLLOUT);
  turns();
  attempt(port);
  turns();
  attempt(dead);
  turns();
  close_all(&loop);

  say("after a refusal");
  MUST(uv_tcp_init(&loop, &t));
  attempt(dead);
  settle_handle(&t, POLLOUT);
  turns();
  attempt(port);
  turns();
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  turns();
  attempt(port);
  settle_handle(&t, POLLOUT);
  turns();
  close_all(&loop);

  say("while reading");
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  put(peer, "one");
  SYS(shutdown(peer, SHUT_WR));
  settle_handle(&t, POLLRDHUP);
  turns();
  close(peer);
  close(hold);
  close(l);
  close_all(&loop);
  return finish(&loop);
}
