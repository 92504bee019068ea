/* Messages longer than the buffer, on every kind of socket that can be given to a
 * UDP handle: what is cut, what is said of it, and what of a stream comes later. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;
static int calls;
static char space[4];

static void alloc_small(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  (void) h;
  say("alloc %d", (int) n);
  memset(space, '.', sizeof space);
  *buf = uv_buf_init(space, sizeof space);
}
static void recv_cb(uv_udp_t *h, ssize_t n, const uv_buf_t *b,
                    const struct sockaddr *a, unsigned flags) {
  say_read("u", n, b);
  say("  flags %u, address %d, behind it '%.*s'", flags, a ? a->sa_family : -1,
      (int) sizeof space, space);
  calls++;
  if (n < 0 || calls == 8) CLOSE(h);
}
static void post(int fd, const char *text) {
  SYS(send(fd, text, strlen(text), MSG_NOSIGNAL));
}

/* `here` goes to the handle, and what is sent on `there` arrives at it. */
static void cut(const char *what, int here, int there) {
  int i;
  say("%s", what);
  calls = 0;
  MUST(uv_udp_init(&loop, &u));
  if (TRY(uv_udp_open(&u, here))) close(here);
  else if (TRY(uv_udp_recv_start(&u, alloc_small, recv_cb)) == 0) {
    post(there, "12");
    post(there, "3456");
    post(there, "7890ab");
    for (i = 0; i < 3 && !uv_is_closing(H(&u)); i++) {
      if (i == 0) settle_handle(&u, POLLIN);
      run(&loop, UV_RUN_NOWAIT);
    }
  }
  if (!uv_is_closing(H(&u))) CLOSE(&u);
  run(&loop, UV_RUN_DEFAULT);
  close(there);
}
static void pair(const char *what, int kind) {
  int fds[2];
  SYS(socketpair(AF_UNIX, kind | SOCK_CLOEXEC, 0, fds));
  cut(what, fds[0], fds[1]);
}
static void internet(const char *what, int domain) {
  struct sockaddr_in6 a;
  socklen_t n = domain == AF_INET ? sizeof(struct sockaddr_in) : sizeof a;
  int here, there;
  memset(&a, 0, sizeof a);
  a.sin6_family = (sa_family_t) domain;
  if (domain == AF_INET)
    ((struct sockaddr_in *) &a)->sin_addr.s_addr = htonl(LOOPBACK);
  else
    a.sin6_addr = in6addr_loopback;
  SYS(here = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SYS(there = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (bind(here, SA(&a), n)) {
    say("%s: no such address here", what);
    close(here);
    close(there);
    return;
  }
  SYS(getsockname(here, SA(&a), &n));
  SYS(connect(there, SA(&a), n));
  cut(what, here, there);
}
static void tcp(void) {
  int fds[2];
  plain_pair(fds);
  cut("TCP", fds[0], fds[1]);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  internet("UDP", AF_INET);
  internet("UDP over IPv6", AF_INET6);
  pair("unix datagrams", SOCK_DGRAM);
  pair("unix messages", SOCK_SEQPACKET);
  pair("a unix stream", SOCK_STREAM);
  tcp();
  return finish(&loop);
}
