/* Two streams of one loop flood each other with writes of odd sizes, while
 * reading stops and starts again at odd moments: not a byte may be lost. */
#include "trace.h"

enum { TOTAL = 3000000 };

struct side {
  uv_tcp_t tcp; /* first: a handle is its side */
  uv_timer_t again;
  uint64_t sent_sum, got_sum;
  int sent, got, writes, stopped;
  unsigned state;
};
struct write {
  uv_write_t req;
  uv_buf_t bufs[3];
  char bytes[30000];
};

static uv_loop_t loop;
static struct side side[2];

static unsigned rnd(struct side *s, unsigned n) {
  s->state = s->state * 1103515245u + 12345u;
  return (s->state >> 8) % n;
}
static void write_more(struct side *s);
static void on_shutdown(uv_shutdown_t *r, int status) { (void) r; MUST(status); }
static void on_write(uv_write_t *r, int status) {
  struct side *s = (struct side *) r->handle;
  MUST(status);
  s->writes--;
  free((struct write *) r);
  write_more(s);
}
static void write_more(struct side *s) {
  static uv_shutdown_t ends[2];
  while (s->writes < 3 && s->sent < TOTAL) {
    struct write *w = malloc(sizeof *w);
    int i, n = 1 + (int) rnd(s, sizeof w->bytes), third;
    if (n > TOTAL - s->sent) n = TOTAL - s->sent;
    for (i = 0; i < n; i++) {
      w->bytes[i] = (char) rnd(s, 256);
      s->sent_sum = s->sent_sum * 31 + (unsigned char) w->bytes[i];
    }
    third = n / 3;
    w->bufs[0] = uv_buf_init(w->bytes, (unsigned) third);
    w->bufs[1] = uv_buf_init(w->bytes + third, (unsigned) third);
    w->bufs[2] = uv_buf_init(w->bytes + 2 * third, (unsigned) (n - 2 * third));
    s->sent += n;
    s->writes++;
    MUST(uv_write(&w->req, S(&s->tcp), w->bufs, 3, on_write));
    if (s->sent == TOTAL) MUST(uv_shutdown(&ends[s - side], S(&s->tcp), on_shutdown));
  }
}
static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b) {
  static char space[2][65536];
  struct side *s = (struct side *) h;
  (void) n;
  *b = uv_buf_init(space[s - side], rnd(s, 20) ? 1 + rnd(s, 65535) : 0);
}
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b);
static void on_again(uv_timer_t *t) {
  struct side *s = t->data;
  s->stopped = 0;
  MUST(uv_read_start(S(&s->tcp), on_alloc, on_read));
}
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b) {
  struct side *s = (struct side *) stream;
  ssize_t i;
  if (n == UV_EOF) {
    uv_close(H(&s->tcp), NULL);
    uv_close(H(&s->again), NULL);
    return;
  }
  if (n < 0 && n != UV_ENOBUFS) {
    say("read: %s", name(n));
    exit(1);
  }
  for (i = 0; i < n; i++) s->got_sum = s->got_sum * 31 + (unsigned char) b->base[i];
  if (n > 0) s->got += (int) n;
  switch (rnd(s, 6)) {
  case 0:
    uv_read_stop(stream);
    MUST(uv_timer_start(&s->again, on_again, rnd(s, 2), 0));
    s->stopped = 1;
    break;
  case 1:
    uv_read_stop(stream);
    MUST(uv_read_start(stream, on_alloc, on_read));
    break;
  }
}

int main(void) {
  int i, fds[2];
  begin();
  MUST(uv_loop_init(&loop));
  plain_pair(fds);
  for (i = 0; i < 2; i++) {
    struct side *s = &side[i];
    s->state = 7u + (unsigned) i;
    MUST(uv_timer_init(&loop, &s->again));
    s->again.data = s;
    MUST(uv_tcp_init(&loop, &s->tcp));
    MUST(uv_tcp_open(&s->tcp, fds[i]));
    MUST(uv_read_start(S(&s->tcp), on_alloc, on_read));
    write_more(s);
  }
  run(&loop, UV_RUN_DEFAULT);
  for (i = 0; i < 2; i++)
    say("side %d: all sent %d, all got %d, the same %d", i, side[i].sent == TOTAL,
        side[i].got == TOTAL, side[i].got_sum == side[!i].sent_sum);
  return finish(&loop);
}
