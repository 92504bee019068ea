/* nodelay, keepalive, simultaneous accepts, buffer sizes: arguments, states,
 * and what the socket has afterwards. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;

static int option(int level, int opt) {
  uv_os_fd_t fd;
  int v = -1;
  socklen_t n = sizeof v;
  MUST(uv_fileno(H(&t), &fd));
  SYS(getsockopt(fd, level, opt, &v, &n));
  return v;
}
static void options(void) {
  say("  nodelay %d, keepalive %d idle %d interval %d count %d",
      option(IPPROTO_TCP, TCP_NODELAY), option(SOL_SOCKET, SO_KEEPALIVE),
      option(IPPROTO_TCP, TCP_KEEPIDLE), option(IPPROTO_TCP, TCP_KEEPINTVL),
      option(IPPROTO_TCP, TCP_KEEPCNT));
}

int main(void) {
  struct sockaddr_in a = loopback(0);
  static uv_timer_t timer;
  int v, peer;
  begin();
  MUST(uv_loop_init(&loop));

  say("set before there is a socket");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_nodelay(&t, 1));
  TRY(uv_tcp_keepalive(&t, 1, 30));
  TRY(uv_tcp_keepalive(&t, 1, 0));
  TRY(uv_tcp_keepalive_ex(&t, 1, 30, 2, 3));
  TRY(uv_tcp_keepalive_ex(&t, 1, 30, 0, 3));
  TRY(uv_tcp_keepalive_ex(&t, 1, 30, 2, 0));
  TRY(uv_tcp_simultaneous_accepts(&t, 1));
  v = 0;
  TRY(uv_send_buffer_size(H(&t), &v));
  TRY(uv_recv_buffer_size(H(&t), &v));
  MUST(uv_tcp_bind(&t, SA(&a), 0));
  options();
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("taken back before there is a socket");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_nodelay(&t, 1));
  TRY(uv_tcp_nodelay(&t, 0));
  TRY(uv_tcp_keepalive(&t, 1, 30));
  TRY(uv_tcp_keepalive(&t, 0, 0));
  MUST(uv_tcp_bind(&t, SA(&a), 0));
  options();
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("on a connection");
  peer = tcp_with_peer(&loop, &t);
  TRY(uv_tcp_nodelay(&t, 0));
  options();
  TRY(uv_tcp_nodelay(&t, 7));
  TRY(uv_tcp_keepalive(&t, 1, 33));
  options();
  TRY(uv_tcp_keepalive_ex(&t, 1, 44, 5, 6));
  options();
  TRY(uv_tcp_keepalive(&t, 1, 0));
  TRY(uv_tcp_keepalive_ex(&t, 1, 10, 0, 5));
  TRY(uv_tcp_keepalive_ex(&t, 1, 10, 5, 0));
  TRY(uv_tcp_keepalive(&t, 1, 1u << 31));
  TRY(uv_tcp_keepalive(&t, 1, 40000));
  TRY(uv_tcp_keepalive_ex(&t, 1, 10, 40000, 5));
  TRY(uv_tcp_keepalive_ex(&t, 1, 10, 5, 400));
  TRY(uv_tcp_keepalive(&t, 0, 0));
  options();
  TRY(uv_tcp_simultaneous_accepts(&t, 0));
  TRY(uv_tcp_simultaneous_accepts(&t, 5));

  say("buffers");
  v = 0;
  TRY(uv_send_buffer_size(H(&t), &v));
  say("some %d", v > 0);
  v = 20000;
  TRY(uv_send_buffer_size(H(&t), &v));
  say("value left at %d", v);
  v = 0;
  TRY(uv_send_buffer_size(H(&t), &v));
  say("now %d", v);
  v = 30000;
  TRY(uv_recv_buffer_size(H(&t), &v));
  v = 0;
  TRY(uv_recv_buffer_size(H(&t), &v));
  say("now %d", v);
  TRY(uv_send_buffer_size(H(&t), NULL));
  TRY(uv_recv_buffer_size(H(&t), NULL));
  TRY(uv_send_buffer_size(NULL, &v));
  MUST(uv_timer_init(&loop, &timer));
  TRY(uv_send_buffer_size(H(&timer), &v));
  TRY(uv_recv_buffer_size(H(&timer), &v));
  CLOSE(&t);
  TRY(uv_tcp_nodelay(&t, 1));
  TRY(uv_tcp_keepalive(&t, 1, 30));
  v = 0;
  TRY(uv_send_buffer_size(H(&t), &v));
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
