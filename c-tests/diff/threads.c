/* Loops in several threads at once, each with its own sockets and timers. */
#include "trace.h"

enum { THREADS = 4, ROUNDS = 50 };

struct world {
  uv_loop_t loop;
  uv_tcp_t server, in, out;
  uv_timer_t timer;
  uv_async_t async;
  uv_connect_t c;
  uv_write_t w;
  int echoes, fired, waken, rc;
};

static void on_write(uv_write_t *r, int status) { (void) r; MUST(status); }
static void on_async(uv_async_t *a) {
  struct world *x = a->loop->data;
  x->waken = 1;
}
static void on_timer(uv_timer_t *t) {
  struct world *x = t->loop->data;
  x->fired = 1;
  if (x->echoes < ROUNDS || !x->waken) return;
  uv_close(H(t), NULL);
  uv_close(H(&x->async), NULL);
}
static void on_in(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  struct world *x = s->loop->data;
  uv_buf_t e = uv_buf_init((char *) "ping", 4);
  (void) b;
  if (n < 0) {
    uv_close(H(s), NULL);
    return;
  }
  if (++x->echoes == ROUNDS) {
    uv_close(H(&x->out), NULL);
    uv_close(H(&x->server), NULL);
    return;
  }
  MUST(uv_async_send(&x->async));
  if (uv_try_write(S(&x->out), &e, 1) != 4) MUST(uv_write(&x->w, S(&x->out), &e, 1, on_write));
}
static void alloc_own(uv_handle_t *h, size_t n, uv_buf_t *b) {
  static __thread char space[4];
  (void) h;
  (void) n;
  *b = uv_buf_init(space, sizeof space);
}
static void on_connection(uv_stream_t *s, int status) {
  struct world *x = s->loop->data;
  MUST(status);
  MUST(uv_tcp_init(s->loop, &x->in));
  MUST(uv_accept(s, S(&x->in)));
  MUST(uv_read_start(S(&x->in), alloc_own, on_in));
}
static void on_connect(uv_connect_t *c, int status) {
  struct world *x = c->handle->loop->data;
  uv_buf_t b = uv_buf_init((char *) "ping", 4);
  MUST(status);
  MUST(uv_write(&x->w, c->handle, &b, 1, on_write));
}
static void live(void *arg) {
  struct world *x = arg;
  struct sockaddr_in a;
  MUST(uv_loop_init(&x->loop));
  x->loop.data = x;
  a = loopback(tcp_listener(&x->loop, &x->server, on_connection));
  MUST(uv_timer_init(&x->loop, &x->timer));
  MUST(uv_timer_start(&x->timer, on_timer, 1, 1));
  MUST(uv_async_init(&x->loop, &x->async, on_async));
  MUST(uv_tcp_init(&x->loop, &x->out));
  MUST(uv_tcp_connect(&x->c, &x->out, SA(&a), on_connect));
  MUST(uv_run(&x->loop, UV_RUN_DEFAULT));
  x->rc = uv_loop_close(&x->loop);
}

int main(void) {
  static struct world worlds[THREADS];
  uv_thread_t t[THREADS];
  int i;
  begin();
  for (i = 0; i < THREADS; i++) MUST(uv_thread_create(&t[i], live, &worlds[i]));
  for (i = 0; i < THREADS; i++) MUST(uv_thread_join(&t[i]));
  for (i = 0; i < THREADS; i++)
    say("thread %d: %d echoes, timer %d, async %d, closed %s", i, worlds[i].echoes,
        worlds[i].fired, worlds[i].waken, name(worlds[i].rc));
  leftovers();
  return 0;
}
