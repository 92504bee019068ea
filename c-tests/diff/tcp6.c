/* IPv6, dual stack and REUSEPORT. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t server, other, client, c;
static uv_connect_t req;
static int got, connection_status, connect_status;

static void connection_cb(uv_stream_t *s, int status) {
  connection_status = status;
  MUST(uv_tcp_init(&loop, &c));
  MUST(uv_accept(s, S(&c)));
  got++;
}
static void connect_cb(uv_connect_t *r, int status) {
  (void) r;
  connect_status = status;
  got++;
}
static int port_of(uv_tcp_t *t) {
  struct sockaddr_in6 a;
  int n = sizeof a;
  MUST(uv_tcp_getsockname(t, SA(&a), &n));
  say("  family %s, length %d", a.sin6_family == AF_INET6 ? "INET6" : "INET", n);
  return ntohs(a.sin6_port);
}
static void try_connect(struct sockaddr *a, int expected) {
  got = 0;
  MUST(uv_tcp_init(&loop, &client));
  TRY(uv_tcp_connect(&req, &client, a, connect_cb));
  UNTIL(&loop, got >= expected);
  say("  connected: %s", name(connect_status));
  if (expected == 2) say("  connection: %s", name(connection_status));
  port_of(&client);
  uv_close(H(&client), NULL);
  if (expected == 2) {
    port_of(&c);
    uv_close(H(&c), NULL);
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
}

int main(void) {
  static const unsigned flags[] = {0, UV_TCP_IPV6ONLY};
  struct sockaddr_in6 any6 = loopback6(0), a6;
  struct sockaddr_in a;
  int i, port, v;
  socklen_t n;
  uv_os_fd_t fd;
  begin();
  MUST(uv_loop_init(&loop));
  any6.sin6_addr = in6addr_any;
  for (i = 0; i < 2; i++) {
    say(i ? "IPv6 only" : "dual stack");
    MUST(uv_tcp_init(&loop, &server));
    server.data = "server";
    MUST(uv_tcp_bind(&server, SA(&any6), flags[i]));
    MUST(uv_listen(S(&server), 8, connection_cb));
    MUST(uv_fileno(H(&server), &fd));
    n = sizeof v;
    SYS(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v, &n));
    say("  v6only %d", v);
    port = port_of(&server);
    a6 = loopback6(port);
    a = loopback(port);
    try_connect(SA(&a6), 2);
    try_connect(SA(&a), i ? 1 : 2);
    CLOSE(&server);
    run(&loop, UV_RUN_DEFAULT);
  }
  say("REUSEPORT");
  a = loopback(0);
  MUST(uv_tcp_init(&loop, &server));
  TRY(uv_tcp_bind(&server, SA(&a), UV_TCP_REUSEPORT));
  MUST(uv_fileno(H(&server), &fd));
  n = sizeof v;
  SYS(getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &v, &n));
  say("  set %d", v);
  SYS(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, &n));
  say("  reuseaddr %d", v);
  MUST(uv_listen(S(&server), 8, connection_cb));
  a = loopback(port_of(&server));
  MUST(uv_tcp_init(&loop, &other));
  TRY(uv_tcp_bind(&other, SA(&a), UV_TCP_REUSEPORT));
  TRY(uv_listen(S(&other), 8, connection_cb));
  MUST(uv_tcp_init(&loop, &c));
  TRY(uv_tcp_bind(&c, SA(&a), 0));
  TRY(uv_listen(S(&c), 8, connection_cb));
  close_all(&loop);
  return finish(&loop);
}
