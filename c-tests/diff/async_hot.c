/* Flooded handles and loops that are not run all the time: one that is embedded is told by
 * its descriptor of each send, more handles than any table of them are heard, a loop that
 * is run inside a callback loses nothing, and no send brings two callbacks. */
#include "trace.h"
#include <sched.h>

enum { BURST = 2000, BURSTS = 60, MANY = 100, SINGLES = 1200 };

struct side {
  uv_async_t async; /* first: a handle is its side */
  int said, heard, sent, calls, spurious, nested, closed;
};
static uv_loop_t loop;
static struct side sides[MANY];
static int deaf;

static int load(int *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }
static void store(int *p, int value) { __atomic_store_n(p, value, __ATOMIC_SEQ_CST); }

static void on_async(uv_async_t *h) {
  struct side *s = (struct side *) h;
  int heard = __atomic_load_n(&s->said, __ATOMIC_RELAXED);
  /* Counted before each send: there cannot be more calls. */
  if (__atomic_add_fetch(&s->calls, 1, __ATOMIC_SEQ_CST) > __atomic_load_n(&s->sent, __ATOMIC_RELAXED)) s->spurious++;
  if (s->nested == 1) {
    s->nested = 2;
    uv_run(h->loop, UV_RUN_NOWAIT);
    s->nested = 1;
  }
  /* The inner run may have heard more. */
  if (heard < 0 || heard > s->heard) store(&s->heard, heard);
}
static void say_to(struct side *s, int number) {
  __atomic_fetch_add(&s->sent, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&s->said, number, __ATOMIC_RELAXED);
  uv_async_send(&s->async);
}
static void spin(int times) {
  volatile int i;
  for (i = 0; i < times; i++) {}
}
static int burst(struct side *s, int from) {
  int i;
  for (i = 1; i <= BURST; i++) say_to(s, from + i);
  while (load(&s->heard) != from + BURST) sched_yield();
  return from + BURST;
}
static void bursts(void *arg) {
  struct side *s = arg;
  int k, number = 0;
  for (k = 0; k < BURSTS; k++) {
    number = burst(s, number);
    spin(k * 997 % 30000);
  }
  store(&s->closed, 1);
  say_to(s, -1);
}
/* A flood, and then sends one by one, each answered before the next, at the times at which
 * the loop is about to fall asleep. */
static void singles(void *arg) {
  struct side *s = arg;
  int k, number = 0;
  for (k = 0; k < SINGLES; k++) {
    if (k % 4 == 0) {
      number = burst(s, number);
      /* One call may have begun and one more be due; from now on each send brings one. */
      store(&s->sent, load(&s->calls) + 2);
    }
    say_to(s, ++number);
    while (load(&s->heard) != number) {}
    spin(k * 8191 % 40000);
  }
  store(&s->closed, 1);
  say_to(s, -1);
}
static void once(void *arg) {
  int i, k;
  (void) arg;
  for (i = 1; i <= BURST; i++)
    for (k = 0; k < MANY; k++) say_to(&sides[k], i);
}
static void make(struct side *s) {
  memset(s, 0, sizeof *s);
  MUST(uv_async_init(&loop, &s->async, on_async));
}

static void embedded(struct side *s, uv_run_mode mode) {
  struct pollfd backend = {.fd = uv_backend_fd(&loop), .events = POLLIN};
  make(s);
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_thread_t thread;
  MUST(uv_thread_create(&thread, bursts, s));
  while (!load(&s->closed)) {
    if (uv_backend_timeout(&loop) != 0 && poll(&backend, 1, 10000) == 0) deaf++;
    uv_run(&loop, mode);
  }
  MUST(uv_thread_join(&thread));
  uv_close(H(&s->async), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("embedded: silent %d times, %d calls too many", deaf, s->spurious);
}
static void one_by_one(struct side *s, int nested) {
  uv_thread_t thread;
  make(s);
  s->nested = nested;
  MUST(uv_thread_create(&thread, singles, s));
  while (!load(&s->closed)) uv_run(&loop, UV_RUN_ONCE);
  MUST(uv_thread_join(&thread));
  uv_close(H(&s->async), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("one by one: %d calls too many", s->spurious);
}
static void many(void) {
  uv_thread_t thread;
  int k;
  for (k = 0; k < MANY; k++) make(&sides[k]);
  MUST(uv_thread_create(&thread, once, NULL));
  for (k = 0; k < MANY; k++)
    while (load(&sides[k].heard) != BURST) uv_run(&loop, UV_RUN_ONCE);
  MUST(uv_thread_join(&thread));
  for (k = 0; k < MANY; k++) uv_close(H(&sides[k].async), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("many are heard");
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  embedded(&sides[0], UV_RUN_NOWAIT);
  embedded(&sides[1], UV_RUN_ONCE);
  one_by_one(&sides[0], 0);
  one_by_one(&sides[1], 1);
  many();
  return finish(&loop);
}
