/* getsockname and getpeername: states, short lengths, both families. */
#include "trace.h"

static uv_loop_t loop;

static void lengths(const char *what, uv_tcp_t *t,
                    int (*f)(const uv_tcp_t *, struct sockaddr *, int *)) {
  static const int sizes[] = {0, 1, 2, 8, 16, 28, 128};
  int i;
  say("%s", what);
  for (i = 0; i < COUNT(sizes); i++) {
    unsigned char b[128];
    int k, n = sizes[i], r, touched = 0;
    memset(b, 0xee, sizeof b);
    r = f(t, (struct sockaddr *) b, &n);
    for (k = 0; k < COUNT(b); k++)
      if (b[k] != 0xee) touched = k + 1;
    say("  %d -> %s, length %d, wrote beyond %d", sizes[i], name(r), n,
        touched > sizes[i]);
  }
}

int main(void) {
  struct sockaddr_in a = loopback(0);
  struct sockaddr_in6 a6 = loopback6(0);
  static uv_tcp_t t, t6;
  int fds[2];
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_init(&loop, &t6));
  lengths("no socket", &t, uv_tcp_getsockname);
  lengths("no socket, peer", &t, uv_tcp_getpeername);
  MUST(uv_tcp_bind(&t, SA(&a), 0));
  MUST(uv_tcp_bind(&t6, SA(&a6), 0));
  lengths("bound", &t, uv_tcp_getsockname);
  lengths("bound, peer", &t, uv_tcp_getpeername);
  lengths("bound, v6", &t6, uv_tcp_getsockname);
  CLOSE(&t);
  lengths("closing", &t, uv_tcp_getsockname);
  run(&loop, UV_RUN_DEFAULT);
  plain_pair(fds);
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_open(&t, fds[0]));
  lengths("connected", &t, uv_tcp_getsockname);
  lengths("connected, peer", &t, uv_tcp_getpeername);
  {
    struct sockaddr_in sock, peer;
    int n = sizeof sock;
    char text[64];
    MUST(uv_tcp_getsockname(&t, SA(&sock), &n));
    n = sizeof peer;
    MUST(uv_tcp_getpeername(&t, SA(&peer), &n));
    MUST(uv_ip4_name(&peer, text, sizeof text));
    say("peer is %s, its port is right: %d, ours is right: %d", text,
        ntohs(peer.sin_port) == plain_port(fds[1]),
        ntohs(sock.sin_port) == plain_port(fds[0]));
  }
  reset(fds[1]);
  settle(fds[0], POLLRDHUP);
  lengths("reset, peer", &t, uv_tcp_getpeername);
  close_all(&loop);
  return finish(&loop);
}
