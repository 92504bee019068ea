/* What the programs about receiving datagrams share: the handle and a plain peer that
 * is connected to it. */
#ifndef UDP_PEER_H
#define UDP_PEER_H

#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;
static int peer, calls, stop_at, close_at;

/* A new handle, bound, that the peer sends to. */
HELPER void attach_peer(unsigned flags) {
  struct sockaddr_in a = loopback(0);
  int n = sizeof a;
  MUST(uv_udp_init_ex(&loop, &u, flags));
  MUST(uv_udp_bind(&u, SA(&a), 0));
  MUST(uv_udp_getsockname(&u, SA(&a), &n));
  SYS(connect(peer, SA(&a), sizeof a));
  calls = stop_at = close_at = 0;
}

/* Stops or closes in the callback whose turn it is. */
HELPER void stop_or_close(uv_udp_t *h) {
  calls++;
  if (calls == stop_at) TRY(uv_udp_recv_stop(h));
  if (calls == close_at) CLOSE(h);
}

HELPER void post_text(const char *text) {
  SYS(send(peer, text, strlen(text), 0));
}

HELPER void once(void) {
  settle_handle(&u, POLLIN);
  run(&loop, UV_RUN_ONCE);
}

HELPER void gone(void) {
  if (!uv_is_closing(H(&u))) CLOSE(&u);
  run(&loop, UV_RUN_DEFAULT);
}

#endif
