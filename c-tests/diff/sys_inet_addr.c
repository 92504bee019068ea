/* Socket addresses from text and back: ports, zones, what is left on failure. */
#include "trace.h"

static void addr4(const char *ip, int port) {
  struct sockaddr_in a;
  int i, r, zero = 1;
  memset(&a, 0xEE, sizeof a);
  r = uv_ip4_addr(ip, port, &a);
  for (i = 0; i < 8; i++) zero &= a.sin_zero[i] == 0;
  say("ip4_addr \"%s\" %d -> %s: family %d port %d addr %08x zero %d", ip, port,
      name(r), a.sin_family == AF_INET, ntohs(a.sin_port),
      ntohl(a.sin_addr.s_addr), zero);
}

static void addr6(const char *ip, int port) {
  struct sockaddr_in6 a;
  char scope[UV_IF_NAMESIZE + 8] = "none", text[64] = "?";
  size_t n = sizeof scope;
  int r;
  memset(&a, 0xEE, sizeof a);
  r = uv_ip6_addr(ip, port, &a);
  if (a.sin6_scope_id) MUST(uv_if_indextoname(a.sin6_scope_id, scope, &n));
  MUST(uv_ip6_name(&a, text, sizeof text));
  say("ip6_addr \"%s\" %d -> %s: family %d port %d addr %s flow %d scope %s", ip,
      port, name(r), a.sin6_family == AF_INET6, ntohs(a.sin6_port), text,
      (int) a.sin6_flowinfo, scope);
}

int main(void) {
  struct sockaddr_storage any;
  struct sockaddr_in a4 = loopback(80);
  struct sockaddr_in6 a6 = loopback6(80);
  char text[64];
  size_t size;

  begin();
  addr4("127.0.0.1", 80);
  addr4("127.0.0.1", 0);
  addr4("127.0.0.1", 65535);
  addr4("127.0.0.1", 65536 + 7);
  addr4("127.0.0.1", -1);
  addr4("127.0.0.", 80);
  addr4("::1", 80);
  addr4("", 80);
  addr4("255.255.255.255000", 80);
  addr6("::1", 80);
  addr6("::1%lo", 80);
  addr6("fe80::1%lo", 80);
  addr6("fe80::1%nosuchinterface", 80);
  addr6("fe80::1%averyveryverylonginterfacename", 80);
  addr6("fe80::1%", 80);
  addr6("fe80::1%1", 80);
  addr6("fe80::%lo%lo", 80);
  addr6("%lo", 80);
  addr6("nonsense%lo", 80);
  addr6("nonsense", 80);
  addr6("127.0.0.1", 80);
  addr6("::ffff:127.0.0.1", -1);
  addr6("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%lo", 80);

  TRY(uv_ip4_name(&a4, text, sizeof text));
  say("%s", text);
  TRY(uv_ip4_name(&a4, text, 9));
  TRY(uv_ip4_name(&a4, text, 10));
  TRY(uv_ip6_name(&a6, text, 3));
  TRY(uv_ip6_name(&a6, text, 4));
  say("%s", text);
  TRY(uv_ip_name(SA(&a4), text, sizeof text));
  say("%s", text);
  TRY(uv_ip_name(SA(&a6), text, sizeof text));
  say("%s", text);
  TRY(uv_ip_name(SA(&a6), text, 0));
  memset(&any, 0, sizeof any);
  TRY(uv_ip_name(SA(&any), text, sizeof text));
  any.ss_family = AF_UNIX;
  TRY(uv_ip_name(SA(&any), text, sizeof text));
  say("%s", text);

  size = sizeof text;
  TRY(uv_if_indextoname(1, text, &size));
  say("%s, %d", text, (int) size);
  size = 2;
  TRY(uv_if_indextoname(1, text, &size));
  say("needs %d", (int) size);
  size = 3;
  TRY(uv_if_indextoiid(1, text, &size));
  say("%s, %d", text, (int) size);
  size = 0;
  TRY(uv_if_indextoname(1, text, &size));
  TRY(uv_if_indextoname(1, NULL, &size));
  TRY(uv_if_indextoname(1, text, NULL));
  size = 7;
  TRY(uv_if_indextoname(0, text, &size));
  TRY(uv_if_indextoiid(99999, text, &size));
  say("size %d", (int) size);
  leftovers();
  return 0;
}
