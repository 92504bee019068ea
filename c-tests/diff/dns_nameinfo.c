/* Names of addresses, as far as no server is needed. */
#include "files.h"

static uv_loop_t loop;

static void named(uv_getnameinfo_t *r, int status, const char *host, const char *service) {
  say("  callback: %s, %s, %s", name(status), host ? host : "null",
      service ? service : "null");
  if (host) say("  fields of the request: %d", host == r->host && service == r->service);
}

static void who(const char *what, const struct sockaddr *addr, int flags) {
  uv_getnameinfo_t req;
  int r = uv_getnameinfo(&loop, &req, NULL, addr, flags);
  say("%s, flags %d", what, flags);
  say("  at once -> %s", name(r));
  if (r == 0) say("  %s, %s", req.host, req.service);
  r = uv_getnameinfo(&loop, &req, named, addr, flags);
  say("  later -> %s", name(r));
  uv_run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  struct sockaddr_in a4 = loopback(80);
  struct sockaddr_in6 a6 = loopback6(54321);
  struct sockaddr_un un;
  uv_getnameinfo_t req;
  int numeric = NI_NUMERICHOST | NI_NUMERICSERV;
  begin();
  MUST(uv_loop_init(&loop));
  memset(&un, 0, sizeof un);
  un.sun_family = AF_UNIX;
  TRY(uv_getnameinfo(&loop, NULL, named, SA(&a4), 0));
  TRY(uv_getnameinfo(&loop, &req, named, NULL, 0));
  TRY(uv_getnameinfo(&loop, &req, named, SA(&un), 0));
  TRY(uv_getnameinfo(&loop, &req, NULL, SA(&un), 0));
  who("IPv4", SA(&a4), numeric);
  who("IPv6", SA(&a6), numeric);
  who("IPv4", SA(&a4), NI_NUMERICHOST | NI_DGRAM);
  who("both wrong", SA(&a4), 0x40000000);
  a6.sin6_scope_id = 1;
  who("scope", SA(&a6), numeric);
  a4.sin_addr.s_addr = htonl(0xf0000001u);
  who("no name", SA(&a4), NI_NAMEREQD | NI_NUMERICHOST);
  return finish(&loop);
}
