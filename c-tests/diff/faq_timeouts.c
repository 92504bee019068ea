/* A limit for a connect and for an answer: a timer that closes the stream. The connect's
 * callback then gets UV_ECANCELED; the read callback does not run again. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t tcp;
static uv_timer_t limit;
static uv_connect_t connecting;

static void on_connect(uv_connect_t *req, int status) {
  (void) req;
  say("  connect: %s", name(status));
}

static void on_limit(uv_timer_t *t) {
  say("  time is up");
  CLOSE(&tcp);
  CLOSE(t);
}

/* A listener whose queue is full: the kernel leaves further connects waiting. */
static int full_listener(int *port, int fill[], int count) {
  int i, fd = plain_listen(port, 0);
  struct sockaddr_in at = loopback(*port);
  for (i = 0; i < count; i++) {
    fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    SYS(fill[i]);
    if (AGAIN(connect(fill[i], SA(&at), sizeof at)) < 0 && errno != EINPROGRESS)
      broken("connect");
  }
  return fd;
}

int main(void) {
  int fill[4], i, port, peer, l;
  struct sockaddr_in at;
  begin();
  MUST(uv_loop_init(&loop));
  tcp.data = (void *) "stream";

  say("nobody accepts");
  l = full_listener(&port, fill, COUNT(fill));
  at = loopback(port);
  MUST(uv_tcp_init(&loop, &tcp));
  MUST(uv_timer_init(&loop, &limit));
  MUST(uv_timer_start(&limit, on_limit, 100, 0));
  MUST(uv_tcp_connect(&connecting, &tcp, SA(&at), on_connect));
  run(&loop, UV_RUN_DEFAULT);
  for (i = 0; i < COUNT(fill); i++) close(fill[i]);
  close(l);

  say("nobody answers");
  peer = tcp_with_peer(&loop, &tcp);
  MUST(uv_timer_init(&loop, &limit));
  MUST(uv_read_start(S(&tcp), alloc_static, read_say));
  MUST(uv_timer_start(&limit, on_limit, 50, 0));
  run(&loop, UV_RUN_DEFAULT);
  peer_sees(peer, 10);
  close(peer);
  return finish(&loop);
}
