/* Names and addresses: what needs no server, by the pool and at once. */
#include "../scenario.h"

#include <netdb.h>
#include <netinet/in.h>

static uv_getaddrinfo_t numeric, local, wait_free;
static uv_getnameinfo_t name;

static void check_address(const struct addrinfo *info, int port) {
  CHECK(info && info->ai_family == AF_INET, "no address");
  const struct sockaddr_in *address = (const struct sockaddr_in *)info->ai_addr;
  CHECK(address->sin_addr.s_addr == htonl(INADDR_LOOPBACK), "another address");
  CHECK(address->sin_port == htons(port), "another port");
}

static void on_addresses(uv_getaddrinfo_t *req, int status, struct addrinfo *info) {
  if (came(req, status) < 0) {
    CHECK(!info, "addresses with an error");
    return;
  }
  check_address(info, req == &numeric ? 80 : 0);
  uv_freeaddrinfo(info);
}

static void on_name(uv_getnameinfo_t *req, int status, const char *host, const char *service) {
  if (came(req, status) < 0) return;
  CHECK(!strcmp(host, "127.0.0.1") && !strcmp(service, "80"), "%s %s", host, service);
}

void scenario(void) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  struct sockaddr_in address;
  if (!begin()) return;
  if (TRY(uv_getaddrinfo(&loop, &local, on_addresses, "localhost", NULL, &hints)) == 0)
    sent(&local, "uv_getaddrinfo of localhost");
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  if (TRY(uv_getaddrinfo(&loop, &numeric, on_addresses, "127.0.0.1", "80", &hints)) == 0)
    sent(&numeric, "uv_getaddrinfo of a number");
  if (TRY(uv_getaddrinfo(&loop, &wait_free, NULL, "127.0.0.1", NULL, &hints)) == 0) {
    check_address(wait_free.addrinfo, 0);
    uv_freeaddrinfo(wait_free.addrinfo);
  }
  uv_ip4_addr("127.0.0.1", 80, &address);
  int flags = NI_NUMERICHOST | NI_NUMERICSERV;
  if (TRY(uv_getnameinfo(&loop, &name, on_name, (struct sockaddr *)&address, flags)) == 0)
    sent(&name, "uv_getnameinfo");
  finish();
}
