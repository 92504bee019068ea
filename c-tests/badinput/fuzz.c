/* Random but legal calls, from a fixed seed: timers, asyncs, watchers of the
 * loop's phases, and TCP over the loopback. Which callback comes when is the
 * kernel's choice in part, so the trace holds what must be true whatever the
 * order: every request is answered once, every handle is closed once, and
 * nothing is left. FUZZ_SEED in the environment gives another seed. */
#include "trace.h"

enum { SLOTS = 24, STEPS = 6000, ROUNDS = 4 };

enum kind { NONE, TIMER, IDLE, PREPARE, CHECK, ASYNC, SERVER, CLIENT };

struct slot {
  union uv_any_handle h;
  enum kind kind;
  int closing;
};
struct write {
  uv_write_t req;
  char bytes[700];
};

static uv_loop_t loop;
static uv_timer_t guard;
static struct slot slots[SLOTS];
static uint64_t state;
static long opened, closed_count, requests, answers, reads, fired;
static int draining, seed;

static unsigned rnd(unsigned n) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned) ((state >> 11) % n);
}
static void step(void);
static void maybe_step(void) {
  fired++;
  if (!draining && rnd(4) == 0) step();
}
static void on_close(uv_handle_t *h) {
  struct slot *s = (struct slot *) h;
  closed_count++;
  s->kind = NONE;
  s->closing = 0;
  memset(&s->h, 0xdb, sizeof s->h);
}
static void close_slot(struct slot *s) {
  if (s->kind == NONE || s->closing) return;
  s->closing = 1;
  if (s->kind == CLIENT && rnd(4) == 0) {
    if (uv_tcp_close_reset(&s->h.tcp, on_close) == 0) return;
  }
  uv_close(&s->h.handle, on_close);
}
static void on_guard(uv_timer_t *t) { (void) t; }
static void on_timer(uv_timer_t *t) { (void) t; maybe_step(); }
static void on_idle(uv_idle_t *i) {
  maybe_step();
  if (!uv_is_closing(H(i)) && rnd(3) == 0) uv_idle_stop(i);
}
static void on_prepare(uv_prepare_t *p) { (void) p; maybe_step(); }
static void on_check(uv_check_t *c) { (void) c; maybe_step(); }
static void on_async(uv_async_t *a) { (void) a; maybe_step(); }
static void on_write(uv_write_t *r, int status) {
  (void) status;
  answers++;
  free((struct write *) r);
  maybe_step();
}
static void on_shutdown(uv_shutdown_t *r, int status) {
  (void) status;
  answers++;
  free(r);
}
static void on_connect(uv_connect_t *r, int status) {
  (void) status;
  answers++;
  free(r);
  maybe_step();
}
static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b) {
  static char space[512];
  (void) h;
  (void) n;
  *b = uv_buf_init(space, rnd(12) == 0 ? 0 : 1 + rnd(sizeof space - 1));
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) b;
  reads++;
  if (n < 0 && n != UV_ENOBUFS) close_slot((struct slot *) s);
  maybe_step();
}
static struct slot *free_slot(void) {
  int i, at = (int) rnd(SLOTS);
  for (i = 0; i < SLOTS; i++) {
    struct slot *s = &slots[(at + i) % SLOTS];
    if (s->kind == NONE) return s;
  }
  return NULL;
}
static struct slot *some(enum kind kind) {
  int i, at = (int) rnd(SLOTS);
  for (i = 0; i < SLOTS; i++) {
    struct slot *s = &slots[(at + i) % SLOTS];
    if (s->kind == kind && !s->closing) return s;
  }
  return NULL;
}
static void on_connection(uv_stream_t *server, int status) {
  struct slot *s = free_slot();
  if (status != 0) return;
  if (s == NULL || rnd(8) == 0) {
    close_slot((struct slot *) server); /* with a connection in its hands */
    return;
  }
  s->kind = CLIENT;
  opened++;
  MUST(uv_tcp_init(&loop, &s->h.tcp));
  MUST(uv_accept(server, &s->h.stream));
  if (rnd(3)) MUST(uv_read_start(&s->h.stream, on_alloc, on_read));
  maybe_step();
}

static void open_one(void) {
  struct slot *server, *s = free_slot();
  struct sockaddr_in a = loopback(0);
  int n = sizeof a;
  if (s == NULL) return;
  opened++;
  switch (rnd(8)) {
  case 0:
  case 1: s->kind = TIMER; MUST(uv_timer_init(&loop, &s->h.timer)); break;
  case 2: s->kind = IDLE; MUST(uv_idle_init(&loop, &s->h.idle)); break;
  case 3: s->kind = PREPARE; MUST(uv_prepare_init(&loop, &s->h.prepare)); break;
  case 4: s->kind = CHECK; MUST(uv_check_init(&loop, &s->h.check)); break;
  case 5: s->kind = ASYNC; MUST(uv_async_init(&loop, &s->h.async, on_async)); break;
  default:
    server = some(SERVER);
    MUST(uv_tcp_init(&loop, &s->h.tcp));
    if (server == NULL) {
      s->kind = SERVER;
      MUST(uv_tcp_bind(&s->h.tcp, SA(&a), 0));
      MUST(uv_listen(&s->h.stream, 16, on_connection));
    } else {
      uv_connect_t *c = malloc(sizeof *c);
      s->kind = CLIENT;
      MUST(uv_tcp_getsockname(&server->h.tcp, SA(&a), &n));
      MUST(uv_tcp_connect(c, &s->h.tcp, SA(&a), on_connect));
      requests++;
    }
  }
}
static void talk(void) {
  struct slot *s = some(CLIENT);
  struct write *w;
  uv_shutdown_t *sd;
  uv_buf_t b[6];
  unsigned i, n;
  if (s == NULL) return;
  switch (rnd(6)) {
  case 0: uv_read_stop(&s->h.stream); break;
  case 1: uv_read_start(&s->h.stream, on_alloc, on_read); break;
  case 2:
    b[0] = uv_buf_init((char *) "try", 3);
    uv_try_write(&s->h.stream, b, 1);
    break;
  case 3:
    if (rnd(4)) break;
    sd = malloc(sizeof *sd);
    /* one that is asked for while connecting waits for a write: leave it out */
    if (s->h.tcp.connect_req != NULL || uv_shutdown(sd, &s->h.stream, on_shutdown) != 0)
      free(sd);
    else
      requests++;
    break;
  default:
    w = malloc(sizeof *w);
    memset(w->bytes, 'w', sizeof w->bytes);
    n = 1 + rnd(6);
    for (i = 0; i < n; i++) b[i] = uv_buf_init(w->bytes + i * 100, rnd(101));
    if (uv_write(&w->req, &s->h.stream, b, n, on_write) != 0) {
      free(w);
      break;
    }
    requests++;
    if (rnd(8) == 0) MUST(uv_cancel((uv_req_t *) &w->req));
  }
}
static void step(void) {
  struct slot *s = &slots[rnd(SLOTS)];
  unsigned what = rnd(10);
  if (what < 2) { open_one(); return; }
  if (what < 5) { talk(); return; }
  if (s->kind == NONE || s->closing) return;
  if (what == 5) { if (rnd(3) == 0) close_slot(s); return; }
  if (what == 6) { if (rnd(2)) uv_ref(&s->h.handle); else uv_unref(&s->h.handle); return; }
  switch (s->kind) {
  case TIMER:
    switch (rnd(4)) {
    case 0: MUST(uv_timer_start(&s->h.timer, on_timer, rnd(4), rnd(3))); break;
    case 1: MUST(uv_timer_stop(&s->h.timer)); break;
    case 2: uv_timer_again(&s->h.timer); break;
    case 3: uv_timer_set_repeat(&s->h.timer, rnd(3)); break;
    }
    break;
  case IDLE: if (rnd(2)) MUST(uv_idle_start(&s->h.idle, on_idle)); else uv_idle_stop(&s->h.idle); break;
  case PREPARE: if (rnd(2)) MUST(uv_prepare_start(&s->h.prepare, on_prepare)); else uv_prepare_stop(&s->h.prepare); break;
  case CHECK: if (rnd(2)) MUST(uv_check_start(&s->h.check, on_check)); else uv_check_stop(&s->h.check); break;
  case ASYNC: MUST(uv_async_send(&s->h.async)); break;
  default: talk();
  }
}

static void one_round(int n) {
  int i;
  state = 0x9e3779b97f4a7c15u * (unsigned) (n + 1 + seed * ROUNDS);
  opened = closed_count = requests = answers = reads = fired = 0;
  draining = 0;
  memset(slots, 0, sizeof slots);
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &guard));
  for (i = 0; i < STEPS; i++) {
    step();
    if (rnd(5) == 0) uv_run(&loop, UV_RUN_NOWAIT);
    if (rnd(500) == 0) {
      /* what is due may be stopped before the poll: the guard ends the wait */
      MUST(uv_timer_start(&guard, on_guard, 2, 0));
      uv_run(&loop, UV_RUN_ONCE);
    }
  }
  draining = 1;
  uv_close(H(&guard), NULL);
  for (i = 0; i < SLOTS; i++) close_slot(&slots[i]);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("round %d: busy %d, all closed %d, all answered %d, alive %d", n,
      opened > 20 && requests > 20 && reads > 20 && fired > 20,
      opened == closed_count, requests == answers, uv_loop_alive(&loop));
  TRY(uv_loop_close(&loop));
}

int main(void) {
  const char *text = getenv("FUZZ_SEED");
  int i;
  begin();
  seed = text ? atoi(text) : 0;
  for (i = 0; i < ROUNDS; i++) one_round(i);
  leftovers();
  return 0;
}
