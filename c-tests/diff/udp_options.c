/* Options of UDP sockets: their limits, without a socket, bound, and IPv6. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;

static void options(const char *what) {
  static const int values[] = {-2, -1, 0, 1, 2, 255, 256};
  int i;
  say("%s", what);
  for (i = 0; i < COUNT(values); i++) {
    int v = values[i];
    say("  %d: ttl %s, multicast ttl %s, loop %s, broadcast %s", v,
        name(uv_udp_set_ttl(&u, v)), name(uv_udp_set_multicast_ttl(&u, v)),
        name(uv_udp_set_multicast_loop(&u, v)),
        name(uv_udp_set_broadcast(&u, v)));
  }
  TRY(uv_udp_set_multicast_interface(&u, NULL));
  TRY(uv_udp_set_multicast_interface(&u, "127.0.0.1"));
  TRY(uv_udp_set_multicast_interface(&u, "0.0.0.0"));
  TRY(uv_udp_set_multicast_interface(&u, "192.0.2.77"));
  TRY(uv_udp_set_multicast_interface(&u, "::1"));
  TRY(uv_udp_set_multicast_interface(&u, "::%lo"));
  TRY(uv_udp_set_multicast_interface(&u, "fe80::1%nosuch"));
  TRY(uv_udp_set_multicast_interface(&u, "nonsense"));
  TRY(uv_udp_set_multicast_interface(&u, ""));
}
static void int_option(const char *what, int level, int option) {
  uv_os_fd_t fd;
  int value = -1;
  socklen_t n = sizeof value;
  MUST(uv_fileno(H(&u), &fd));
  SYS(getsockopt(fd, level, option, &value, &n));
  say("  %s is %d", what, value);
}
static void gone(void) {
  uv_close(H(&u), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  struct sockaddr_in a = loopback(0);
  struct sockaddr_in6 six = loopback6(0);
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_udp_init(&loop, &u));
  options("no socket");
  gone();
  MUST(uv_udp_init(&loop, &u));
  MUST(uv_udp_bind(&u, SA(&a), UV_UDP_LINUX_RECVERR));
  options("IPv4");
  int_option("ttl", IPPROTO_IP, IP_TTL);
  int_option("multicast ttl", IPPROTO_IP, IP_MULTICAST_TTL);
  int_option("loop", IPPROTO_IP, IP_MULTICAST_LOOP);
  int_option("broadcast", SOL_SOCKET, SO_BROADCAST);
  int_option("recverr", IPPROTO_IP, IP_RECVERR);
  int_option("reuseaddr", SOL_SOCKET, SO_REUSEADDR);
  gone();
  MUST(uv_udp_init(&loop, &u));
  MUST(uv_udp_bind(&u, SA(&six),
                   UV_UDP_IPV6ONLY | UV_UDP_REUSEADDR | UV_UDP_REUSEPORT));
  options("IPv6");
  int_option("hops", IPPROTO_IPV6, IPV6_UNICAST_HOPS);
  int_option("multicast hops", IPPROTO_IPV6, IPV6_MULTICAST_HOPS);
  int_option("only v6", IPPROTO_IPV6, IPV6_V6ONLY);
  int_option("reuseaddr", SOL_SOCKET, SO_REUSEADDR);
  int_option("reuseport", SOL_SOCKET, SO_REUSEPORT);
  gone();
  return finish(&loop);
}
