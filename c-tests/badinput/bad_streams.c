/* Bad input to the stream and TCP calls: null callbacks, closing handles, wrong
 * kinds, bad addresses, absurd sizes. Only what libuv answers with an error. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t fresh, open_tcp, closing, listening;
static uv_write_t w;
static uv_connect_t c;
static uv_shutdown_t sd;

static void connection_cb(uv_stream_t *s, int status) { (void) s; (void) status; }
static void connect_cb(uv_connect_t *r, int status) {
  (void) r;
  say("  connect callback %s", name(status));
}
static void write_cb(uv_write_t *r, int status) {
  (void) r;
  say("  write callback %s", name(status));
}
static void shutdown_cb(uv_shutdown_t *r, int status) {
  (void) r;
  say("  shutdown callback %s", name(status));
}

static void writes(const char *what, uv_tcp_t *t) {
  static const unsigned counts[] = {0, 1, 1024 * 1024 + 1, 0x7fffffff, 0x80000000u, 0xffffffff};
  uv_buf_t b = text_buf("x");
  uv_buf_t huge[2];
  int i;
  say("writes on a %s handle", what);
  for (i = 0; i < COUNT(counts); i++) {
    if (counts[i] == 1) continue;
    say("nbufs %u: write %s, write2 %s, try_write %s, try_write2 %s", counts[i],
        name(uv_write(&w, S(t), &b, counts[i], write_cb)),
        name(uv_write2(&w, S(t), &b, counts[i], NULL, write_cb)),
        name(uv_try_write(S(t), &b, counts[i])),
        name(uv_try_write2(S(t), &b, counts[i], NULL)));
  }
  huge[0] = b;
  huge[0].len = huge[1].len = 0x7fffffff;
  huge[1].base = huge[0].base;
  say("sizes: %s %s", name(uv_write(&w, S(t), huge, 2, write_cb)),
      name(uv_try_write(S(t), huge, 2)));
  huge[0].len = (size_t) -1;
  say("sizes: %s %s", name(uv_write(&w, S(t), huge, 1, write_cb)),
      name(uv_try_write(S(t), huge, 1)));
  say("a handle to send: %s %s", name(uv_write2(&w, S(t), &b, 1, S(&fresh), write_cb)),
      name(uv_try_write2(S(t), &b, 1, S(&fresh))));
}

static void addresses(void) {
  static const int families[] = {0, AF_UNIX, AF_PACKET, AF_NETLINK, 77, 0xffff};
  static uv_tcp_t t;
  struct sockaddr_storage a;
  int i, k;
  for (i = 0; i < COUNT(families); i++) {
    memset(&a, 0, sizeof a);
    a.ss_family = (sa_family_t) families[i];
    MUST(uv_tcp_init(&loop, &t));
    k = uv_tcp_bind(&t, SA(&a), 0);
    say("family %d: bind %s", families[i], name(k));
    k = uv_tcp_connect(&c, &t, SA(&a), connect_cb);
    say("family %d: connect %s", families[i], name(k));
    uv_close(H(&t), NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
}

int main(void) {
  static const uv_req_type no_requests[] = {UV_UNKNOWN_REQ, UV_SHUTDOWN,
                                            UV_REQ_TYPE_MAX, (uv_req_type) 999};
  struct sockaddr_in a = loopback(0);
  static uv_timer_t timer;
  static uv_async_t async;
  int i, n, peer;
  uv_os_fd_t fd;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_tcp_init(&loop, &fresh));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_async_init(&loop, &async, NULL));
  peer = tcp_with_peer(&loop, &open_tcp);
  close(tcp_with_peer(&loop, &closing));
  tcp_listener(&loop, &listening, connection_cb);
  uv_close(H(&closing), NULL);

  writes("fresh", &fresh);
  writes("connected", &open_tcp);
  writes("closing", &closing);
  writes("listening", &listening);

  say("on a closing handle");
  TRY(uv_read_start(S(&closing), alloc_static, read_say));
  TRY(uv_read_stop(S(&closing)));
  TRY(uv_listen(S(&closing), 1, connection_cb));
  TRY(uv_shutdown(&sd, S(&closing), shutdown_cb));
  TRY(uv_tcp_bind(&closing, SA(&a), 0));
  TRY(uv_fileno(H(&closing), &fd));
  n = sizeof a;
  TRY(uv_tcp_getsockname(&closing, SA(&a), &n));
  TRY(uv_tcp_getpeername(&closing, SA(&a), &n));
  TRY(uv_tcp_nodelay(&closing, 1));
  TRY(uv_tcp_keepalive(&closing, 1, 0));
  TRY(uv_tcp_simultaneous_accepts(&closing, 1));
  TRY(uv_is_readable(S(&closing)));
  TRY(uv_is_writable(S(&closing)));

  say("on a fresh handle");
  TRY(uv_read_start(S(&fresh), alloc_static, read_say));
  TRY(uv_read_stop(S(&fresh)));
  TRY(uv_shutdown(&sd, S(&fresh), shutdown_cb));
  TRY(uv_accept(S(&fresh), S(&open_tcp)));
  TRY(uv_tcp_close_reset(&fresh, NULL));
  TRY(uv_tcp_keepalive(&fresh, 1, 0));

  say("on a listener");
  TRY(uv_read_start(S(&listening), alloc_static, read_say));
  TRY(uv_shutdown(&sd, S(&listening), shutdown_cb));
  TRY(uv_accept(S(&listening), S(&fresh)));
  n = sizeof a;
  TRY(uv_tcp_getpeername(&listening, SA(&a), &n));

  say("null arguments and wrong kinds");
  TRY(uv_read_start(S(&open_tcp), NULL, read_say));
  TRY(uv_read_start(S(&open_tcp), alloc_static, NULL));
  TRY(uv_read_start(NULL, alloc_static, read_say));
  TRY(uv_tcp_bind(&fresh, SA(&timer), 0));
  TRY(uv_tcp_bind((uv_tcp_t *) &timer, SA(&a), 0));
  TRY(uv_tcp_connect(&c, (uv_tcp_t *) &async, SA(&a), connect_cb));
  TRY(uv_listen((uv_stream_t *) &timer, 1, connection_cb));
  TRY(uv_fileno(H(&timer), &fd));
  TRY(uv_fileno(H(&async), &fd));
  TRY(uv_tcp_bind(&closing, SA(&a), 0xffffffff));
  TRY(uv_timer_start(&timer, NULL, 0, 0));
  TRY(uv_tcp_open(&fresh, -1));
  TRY(uv_tcp_open(&fresh, 1 << 20));
  for (i = 0; i < COUNT(no_requests); i++) {
    memset(&w, 0, sizeof w);
    w.type = no_requests[i];
    say("cancel type %d: %s", no_requests[i], name(uv_cancel((uv_req_t *) &w)));
  }
  addresses();
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
