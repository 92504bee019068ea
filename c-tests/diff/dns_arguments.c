/* Look-ups that need no server: what is refused at once, what is an answer, and
 * through which of the two ways an error comes. */
#include "files.h"

static uv_loop_t loop;

static void show_list(struct addrinfo *ai) {
  char text[64];
  for (; ai; ai = ai->ai_next) {
    if (ai->ai_family == AF_INET)
      uv_ip4_name((struct sockaddr_in *) ai->ai_addr, text, sizeof text);
    else
      uv_ip6_name((struct sockaddr_in6 *) ai->ai_addr, text, sizeof text);
    say("  family %d, type %d, %s, port %d", ai->ai_family, ai->ai_socktype, text,
        ntohs(((struct sockaddr_in *) ai->ai_addr)->sin_port));
  }
}

static void found(uv_getaddrinfo_t *r, int status, struct addrinfo *res) {
  say("  callback: %s, field is the list %d", name(status), r->addrinfo == res);
  show_list(res);
  uv_freeaddrinfo(res);
}

static void look(const char *node, const char *service, int flags, int type) {
  struct addrinfo hints;
  uv_getaddrinfo_t req;
  int r;
  memset(&hints, 0, sizeof hints);
  hints.ai_flags = flags;
  hints.ai_socktype = type;
  say("%.40s, %s, flags %d, type %d", node ? node : "(null)",
      service ? service : "(null)", flags, type);
  r = uv_getaddrinfo(NULL, &req, NULL, node, service, &hints);
  say("  at once -> %s", name(r));
  if (r == 0) {
    show_list(req.addrinfo);
    uv_freeaddrinfo(req.addrinfo);
  }
  r = uv_getaddrinfo(&loop, &req, found, node, service, &hints);
  say("  later -> %s", name(r));
  uv_run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  static char longest[400];
  uv_getaddrinfo_t req;
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  TRY(uv_getaddrinfo(&loop, NULL, found, "127.0.0.1", NULL, NULL));
  TRY(uv_getaddrinfo(&loop, &req, found, NULL, NULL, NULL));
  TRY(uv_getaddrinfo(NULL, &req, found, "127.0.0.1", NULL, NULL));
  uv_freeaddrinfo(NULL);

  look("127.0.0.1", NULL, AI_NUMERICHOST, SOCK_STREAM);
  look("::1", "80", AI_NUMERICHOST | AI_NUMERICSERV, SOCK_STREAM);
  look(NULL, "99", AI_NUMERICSERV, SOCK_DGRAM);
  look(NULL, "99", AI_NUMERICSERV | AI_PASSIVE, SOCK_STREAM);
  look("127.0.0.1", "no-such-service", 0, SOCK_STREAM);
  look("127.0.0.1", NULL, 0x4000000, SOCK_STREAM);
  look("not-a-number", NULL, AI_NUMERICHOST, SOCK_STREAM);
  look("127.0.0.1", "1", AI_NUMERICHOST, 77);
  look("", NULL, AI_NUMERICHOST, SOCK_STREAM);
  look("\xff\xfe", NULL, AI_NUMERICHOST, SOCK_STREAM);
  look("b\xc3\xbc" "cher.example", NULL, AI_NUMERICHOST, SOCK_STREAM);
  for (i = 250; i <= 260; i++) {
    memset(longest, 'a', sizeof longest);
    longest[60] = longest[120] = longest[180] = longest[240] = '.';
    longest[i] = 0;
    look(longest, NULL, AI_NUMERICHOST, SOCK_STREAM);
  }
  return finish(&loop);
}
