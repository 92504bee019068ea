/* uv_listen and uv_tcp_bind when something is wrong, and when it is late. */
#include "trace.h"

static uv_loop_t loop;

static void connection_cb(uv_stream_t *s, int status) {
  say("  connection: %s", name(status));
  (void) s;
}
static void second_cb(uv_stream_t *s, int status) {
  uv_tcp_t *c = malloc(sizeof *c);
  say("  second callback: %s", name(status));
  MUST(uv_tcp_init(&loop, c));
  MUST(uv_accept(s, S(c)));
  uv_close(H(c), (uv_close_cb) free);
}
static void connect_cb(uv_connect_t *c, int status) {
  (void) c;
  say("  connected: %s", name(status));
}

#define CLOSE_NOW()                                                            \
  do {                                                                         \
    CLOSE(&t);                                                                 \
    run(&loop, UV_RUN_NOWAIT);                                                 \
  } while (0)

int main(void) {
  struct sockaddr_in a, any;
  struct sockaddr_in6 a6 = loopback6(0);
  struct sockaddr_un u;
  uv_connect_t req;
  static uv_tcp_t t, server, other;
  static uv_idle_t idle;
  int n, port, fds[2];
  begin();
  MUST(uv_loop_init(&loop));
  port = tcp_listener(&loop, &server, connection_cb);
  a = loopback(port);
  any = loopback(0);

  say("an address in use is told late");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_bind(&t, SA(&a), 0));
  n = sizeof a;
  TRY(uv_tcp_getsockname(&t, SA(&a), &n));
  TRY(uv_listen(S(&t), 1, connection_cb));
  TRY(uv_listen(S(&t), 1, connection_cb));
  say("active %d", uv_is_active(H(&t)));
  a = loopback(port);
  TRY(uv_tcp_connect(&req, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_NOWAIT);
  TRY(uv_listen(S(&t), 1, connection_cb));
  CLOSE_NOW();

  say("bind after a failed bind");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_bind(&t, SA(&a), 0));
  TRY(uv_tcp_bind(&t, SA(&any), 0));
  TRY(uv_listen(S(&t), 1, connection_cb));
  TRY(uv_tcp_bind(&t, SA(&any), 0));
  CLOSE_NOW();

  say("families and flags");
  MUST(uv_tcp_init(&loop, &t));
  memset(&u, 0, sizeof u);
  u.sun_family = AF_UNIX;
  TRY(uv_tcp_bind(&t, SA(&u), 0));
  u.sun_family = AF_UNSPEC;
  TRY(uv_tcp_bind(&t, SA(&u), 0));
  u.sun_family = 99;
  TRY(uv_tcp_bind(&t, SA(&u), 0));
  TRY(uv_tcp_bind(&t, SA(&any), UV_TCP_IPV6ONLY));
  TRY(uv_tcp_bind(&t, SA(&any), 0x80));
  TRY(uv_tcp_bind(&t, SA(&a6), 0));
  CLOSE_NOW();
  MUST(uv_tcp_init_ex(&loop, &t, AF_INET));
  TRY(uv_tcp_bind(&t, SA(&a6), 0));
  TRY(uv_tcp_bind(&t, SA(&any), 0));
  CLOSE_NOW();
  MUST(uv_tcp_init_ex(&loop, &t, AF_INET6));
  TRY(uv_tcp_bind(&t, SA(&any), 0));
  CLOSE_NOW();
  MUST(uv_tcp_init(&loop, &t));
  any.sin_addr.s_addr = htonl(0xc0000201);
  TRY(uv_tcp_bind(&t, SA(&any), 0));
  any = loopback(0);
  CLOSE_NOW();

  say("listen without bind; listen twice with another callback");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_listen(S(&t), 8, connection_cb));
  TRY(uv_listen(S(&t), 8, second_cb));
  n = sizeof a;
  TRY(uv_tcp_getsockname(&t, SA(&a), &n));
  say("got a port: %d", a.sin_port != 0);
  fds[0] = plain_connect(ntohs(a.sin_port));
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  close(fds[0]);
  CLOSE(&t);
  TRY(uv_listen(S(&t), 8, connection_cb));
  run(&loop, UV_RUN_NOWAIT);
  TRY(uv_listen(S(&server), 0, connection_cb));
  TRY(uv_listen(S(&server), -1, connection_cb));
  say("connect on a listener, listen on a connection");
  TRY(uv_tcp_connect(&req, &server, SA(&a), connect_cb));
  plain_pair(fds);
  MUST(uv_tcp_init(&loop, &other));
  MUST(uv_tcp_open(&other, fds[0]));
  TRY(uv_listen(S(&other), 1, connection_cb));
  say("not a stream");
  MUST(uv_idle_init(&loop, &idle));
  TRY(uv_listen((uv_stream_t *) &idle, 1, connection_cb));
  close(fds[1]);
  close_all(&loop);
  return finish(&loop);
}
