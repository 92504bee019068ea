/* Handles and requests are freed in their own callbacks, as early as the
 * contract allows; a memory checker watches what is touched afterwards. */
#include "trace.h"

static uv_loop_t loop;
static int freed;

static void free_handle(uv_handle_t *h) {
  memset(h, 0xdb, uv_handle_size(h->type));
  free(h);
  freed++;
}
static void *make(size_t n) {
  void *p = malloc(n);
  if (!p) broken("malloc");
  memset(p, 0xdb, n);
  return p;
}
static void on_timer(uv_timer_t *t) { uv_close(H(t), free_handle); }
static void on_idle(uv_idle_t *t) { uv_close(H(t), free_handle); }
static void on_prepare(uv_prepare_t *t) { uv_close(H(t), free_handle); }
static void on_check(uv_check_t *t) { uv_close(H(t), free_handle); }
static void on_async(uv_async_t *t) { uv_close(H(t), free_handle); }
static void on_write(uv_write_t *r, int status) {
  uv_stream_t *s = r->handle;
  (void) status;
  memset(r, 0xdb, sizeof *r);
  free(r);
  freed++;
  if (!uv_is_closing(H(s))) uv_close(H(s), free_handle);
}
static void on_shutdown(uv_shutdown_t *r, int status) {
  (void) status;
  memset(r, 0xdb, sizeof *r);
  free(r);
  freed++;
}
static void on_connect(uv_connect_t *r, int status) {
  uv_stream_t *s = r->handle;
  (void) status;
  memset(r, 0xdb, sizeof *r);
  free(r);
  freed++;
  if (!uv_is_closing(H(s))) uv_close(H(s), free_handle);
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) n;
  free(b->base);
  uv_close(H(s), free_handle);
}
static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b) {
  (void) h;
  (void) n;
  b->base = make(8);
  b->len = 8;
}
static void on_connection(uv_stream_t *s, int status) {
  uv_tcp_t *c = make(sizeof *c);
  MUST(status);
  MUST(uv_tcp_init(&loop, c));
  MUST(uv_accept(s, S(c)));
  uv_close(H(c), free_handle);
  uv_close(H(s), free_handle);
}
static uv_tcp_t *connected(int *peer) {
  uv_tcp_t *t = make(sizeof *t);
  *peer = tcp_with_peer(&loop, t);
  return t;
}
static void check(const char *what, int expected) {
  uv_run(&loop, UV_RUN_DEFAULT);
  say("%s: freed %d of %d", what, freed, expected);
  freed = 0;
}

int main(void) {
  uv_buf_t x = text_buf("x");
  struct sockaddr_in a;
  uv_timer_t *timer;
  uv_idle_t *idle;
  uv_prepare_t *prepare;
  uv_check_t *chk;
  uv_async_t *async;
  uv_tcp_t *t;
  int i, peer, port, hold, l;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < 5; i++) {
    MUST(uv_timer_init(&loop, timer = make(sizeof *timer)));
    MUST(uv_timer_start(timer, on_timer, 0, i % 2));
    MUST(uv_idle_init(&loop, idle = make(sizeof *idle)));
    MUST(uv_idle_start(idle, on_idle));
    MUST(uv_prepare_init(&loop, prepare = make(sizeof *prepare)));
    MUST(uv_prepare_start(prepare, on_prepare));
    MUST(uv_check_init(&loop, chk = make(sizeof *chk)));
    MUST(uv_check_start(chk, on_check));
    MUST(uv_async_init(&loop, async = make(sizeof *async), on_async));
    MUST(uv_async_send(async));
  }
  check("watchers", 25);
  t = connected(&peer);
  for (i = 0; i < 4; i++) MUST(uv_write(make(sizeof(uv_write_t)), S(t), &x, 1, on_write));
  MUST(uv_shutdown(make(sizeof(uv_shutdown_t)), S(t), on_shutdown));
  check("writes and a shutdown", 6);
  close(peer);
  t = connected(&peer);
  put(peer, "0123456789abcdef");
  settle_handle(t, POLLIN);
  MUST(uv_read_start(S(t), on_alloc, on_read));
  check("a read", 1);
  close(peer);
  t = connected(&peer);
  MUST(uv_read_start(S(t), on_alloc, on_read));
  MUST(uv_write(make(sizeof(uv_write_t)), S(t), &x, 1, on_write));
  reset(peer);
  check("a reset with a write", 2);
  l = plain_listen(&port, 2);
  a = loopback(port);
  MUST(uv_tcp_init(&loop, t = make(sizeof *t)));
  MUST(uv_tcp_connect(make(sizeof(uv_connect_t)), t, SA(&a), on_connect));
  MUST(uv_write(make(sizeof(uv_write_t)), S(t), &x, 1, on_write));
  check("a connect", 3);
  close(l);
  a = loopback(closed_port(&hold));
  MUST(uv_tcp_init(&loop, t = make(sizeof *t)));
  MUST(uv_tcp_connect(make(sizeof(uv_connect_t)), t, SA(&a), on_connect));
  MUST(uv_write(make(sizeof(uv_write_t)), S(t), &x, 1, on_write));
  check("a refused connect", 3);
  close(hold);
  t = make(sizeof *t);
  port = tcp_listener(&loop, t, on_connection);
  peer = plain_connect(port);
  check("a listener", 2);
  close(peer);
  return finish(&loop);
}
