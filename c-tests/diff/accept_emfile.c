/* EMFILE: on accept (the reserved descriptor sheds the load), on new sockets,
 * on new loops. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t server, c[4];
static int calls;

static void connection_cb(uv_stream_t *s, int status) {
  say("  connection: %s", name(status));
  MUST(uv_accept(s, S(&c[calls++])));
}
static int fill[1024], filled;
static void fill_up(void) {
  int fd;
  while ((fd = dup(0)) >= 0) fill[filled++] = fd;
  say("full: %s", name(-errno));
}
static void empty(void) {
  while (filled) close(fill[--filled]);
}

int main(void) {
  struct rlimit limit;
  struct sockaddr_in a = loopback(0);
  uv_loop_t second;
  uv_os_sock_t pair[2];
  uv_connect_t req;
  static uv_tcp_t t;
  int i, port, peers[3];
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < 4; i++) MUST(uv_tcp_init(&loop, &c[i]));
  port = tcp_listener(&loop, &server, connection_cb);
  run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < 3; i++) peers[i] = plain_connect(port);
  settle_handle(&server, POLLIN);
  SYS(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = 100;
  SYS(setrlimit(RLIMIT_NOFILE, &limit));
  fill_up();
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < 3; i++) {
    settle(peers[i], POLLIN);
    peer_sees(peers[i], 1);
    close(peers[i]);
  }
  say("calls %d", calls);
  fill_up();
  TRY(uv_tcp_init_ex(&loop, &t, AF_INET));
  TRY(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_bind(&t, SA(&a), 0));
  TRY(uv_listen(S(&t), 1, connection_cb));
  TRY(uv_tcp_connect(&req, &t, SA(&a), NULL));
  TRY(uv_socketpair(SOCK_STREAM, 0, pair, 0, 0));
  TRY(uv_loop_init(&second));
  CLOSE(&t);
  run(&loop, UV_RUN_NOWAIT);

  say("afterwards the listener works again");
  empty();
  peers[0] = plain_connect(port);
  settle_handle(&server, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  close(peers[0]);
  close_all(&loop);
  return finish(&loop);
}
