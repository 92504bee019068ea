/* The address helpers with good, odd and bad texts and short buffers. */
#include "trace.h"

static void hex(const char *what, const void *p, int n) {
  const unsigned char *b = p;
  char t[80];
  int i;
  for (i = 0; i < n; i++) sprintf(t + 2 * i, "%02x", b[i]);
  say("    %s %s", what, t);
}

int main(void) {
  static const char *texts4[] = {
      "0.0.0.0", "127.0.0.1", "255.255.255.255", "256.0.0.1", "1.2.3", "1.2.3.4.5",
      "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1..2.3", "", ".", "1.2.3.",
      "0x7f.0.0.1", "1.2.3.4a", "-1.2.3.4", "1.2.3.4000", "00.0.0.0", "::1",
      "127.0.0.1%1", "1.2.3.999"};
  static const char *texts6[] = {
      "::", "::1", "1::", "fe80::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4",
      "1:2:3:4:5:6:7:1.2.3.4", "1::2::3", ":::", ":1", "1:", "12345::", "g::",
      "ABCD:EF01::", "0:0:0:0:0:0:0:0", "1:0:0:2:0:0:0:3", "fe80::1%lo",
      "fe80::1%1", "fe80::1%", "fe80::1%nosuchif", "::1%lo", "2001:db8::%5",
      "fe80::1%0", "fe80::1%99999999999", "1.2.3.4", "", "::ffff:1.2.3.256",
      "::00001", "0001:0002::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
      "1:2:3:4::5:6:7:8", "::1 ", "64:ff9b::1.2.3.4", "::ffff:0:1.2.3.4",
      "[::1]", "fe80::aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%lo",
      "1111:2222:3333:4444:5555:6666:123.123.123.1234"};
  static const int sizes[] = {0, 1, 2, 3, 8, 10, 15, 16, 40, 46};
  struct sockaddr_in a;
  struct sockaddr_in6 a6;
  char b[80];
  int i, k;
  size_t n;
  begin();
  for (i = 0; i < COUNT(texts4); i++) {
    unsigned char raw[4] = {9, 9, 9, 9};
    memset(&a, 0xee, sizeof a);
    say("\"%s\"", texts4[i]);
    say("  ip4_addr %s", name(uv_ip4_addr(texts4[i], 80, &a)));
    hex("sockaddr", &a, sizeof a);
    say("  pton %s", name(uv_inet_pton(AF_INET, texts4[i], raw)));
    hex("raw", raw, 4);
  }
  for (i = 0; i < COUNT(texts6); i++) {
    unsigned char raw[16];
    memset(raw, 9, sizeof raw);
    memset(&a6, 0xee, sizeof a6);
    say("\"%s\"", texts6[i]);
    say("  ip6_addr %s", name(uv_ip6_addr(texts6[i], 443, &a6)));
    hex("sockaddr", &a6, sizeof a6);
    say("  pton %s", name(uv_inet_pton(AF_INET6, texts6[i], raw)));
    hex("raw", raw, 16);
    k = uv_inet_ntop(AF_INET6, raw, b, sizeof b);
    say("  ntop %s %s", name(k), k == 0 ? b : "-");
  }
  say("short buffers");
  MUST(uv_ip4_addr("192.168.100.200", 1, &a));
  MUST(uv_ip6_addr("2001:db8:1111:2222:3333:4444:5555:6666", 1, &a6));
  for (i = 0; i < COUNT(sizes); i++) {
    n = (size_t) sizes[i];
    memset(b, 0, sizeof b);
    k = uv_ip4_name(&a, b, n);
    say("%d: ip4 %s %s", sizes[i], name(k), b);
    memset(b, 0, sizeof b);
    k = uv_ip6_name(&a6, b, n);
    say("%d: ip6 %s %s", sizes[i], name(k), b);
    memset(b, 0, sizeof b);
    k = uv_ip_name(SA(&a6), b, n);
    say("%d: ip %s %s", sizes[i], name(k), b);
    memset(b, 0, sizeof b);
    k = uv_inet_ntop(AF_INET, &a.sin_addr, b, n);
    say("%d: ntop %s %s", sizes[i], name(k), b);
  }
  say("families");
  TRY(uv_inet_pton(AF_UNIX, "1.2.3.4", b));
  TRY(uv_inet_ntop(AF_UNIX, &a, b, sizeof b));
  TRY(uv_inet_pton(AF_INET, NULL, b));
  a.sin_family = AF_UNIX;
  TRY(uv_ip_name(SA(&a), b, sizeof b));
  a.sin_family = 0;
  TRY(uv_ip_name(SA(&a), b, sizeof b));
  TRY(uv_ip4_name(&a, b, sizeof b));
  say("ports");
  TRY(uv_ip4_addr("1.2.3.4", -1, &a));
  say("%04x", ntohs(a.sin_port));
  TRY(uv_ip4_addr("1.2.3.4", 65536 + 7, &a));
  say("%04x", ntohs(a.sin_port));
  TRY(uv_ip6_addr("::1", 70000, &a6));
  say("%04x", ntohs(a6.sin6_port));

  say("interfaces");
  for (i = 0; i < COUNT(sizes); i++) {
    n = (size_t) sizes[i];
    memset(b, 0, sizeof b);
    k = uv_if_indextoname(1, b, &n);
    say("%d: name %s %s, size %d", sizes[i], name(k), b, (int) n);
    n = (size_t) sizes[i];
    memset(b, 0, sizeof b);
    k = uv_if_indextoiid(1, b, &n);
    say("%d: iid %s %s, size %d", sizes[i], name(k), b, (int) n);
  }
  n = sizeof b;
  TRY(uv_if_indextoname(0, b, &n));
  n = sizeof b;
  TRY(uv_if_indextoname(123456, b, &n));
  n = sizeof b;
  TRY(uv_if_indextoiid(0, b, &n));
  n = sizeof b;
  TRY(uv_if_indextoiid(123456, b, &n));
  say("size %d, %s", (int) n, b);
  TRY(uv_if_indextoname(1, NULL, &n));
  TRY(uv_if_indextoname(1, b, NULL));
  TRY(uv_if_indextoiid(1, NULL, &n));
  TRY(uv_if_indextoiid(1, b, NULL));
  return 0;
}
