/* Threads send to many handles of two loops, which close some of them meanwhile: of
 * those that stay, the last send is answered. One more thread reads the loops' idle
 * times, which any thread may. */
#include "trace.h"

enum { LOOPS = 2, HANDLES = 48, SENDERS = 3, SENDS = 6000, LEFT = 12 };

struct one {
  uv_async_t async;
  int wanted; /* the number of the last send, by whichever thread */
  int seen;
};
struct side {
  uv_loop_t loop;
  struct one all[HANDLES];
  uv_async_t done;
  int calls, open, done_before;
};

static struct side sides[LOOPS];
static int stop_watching;

static void on_async(uv_async_t *h) {
  struct one *one = (struct one *) h;
  struct side *side = h->loop->data;
  one->seen = __atomic_load_n(&one->wanted, __ATOMIC_RELAXED);
  if (++side->calls % 40 == 0 && side->open > LEFT) {
    side->open--;
    uv_close(H(&side->all[side->open].async), NULL);
  }
}
static void on_done(uv_async_t *h) {
  struct side *side = h->loop->data;
  /* The senders are through; what they sent is answered in this turn or, where its
   * handle's place had been passed when it came, in the next. */
  if (!side->done_before++) {
    MUST(uv_async_send(h));
    return;
  }
  while (side->open > 0) {
    struct one *one = &side->all[--side->open];
    if (side->open < LEFT && one->seen != one->wanted) {
      say("handle %d: %d of %d", side->open, one->seen, one->wanted);
      exit(1);
    }
    uv_close(H(&one->async), NULL);
  }
  uv_close(H(h), NULL);
}
static void sender(void *arg) {
  unsigned random = 1 + (unsigned) (intptr_t) arg;
  int n;
  for (n = 1; n <= SENDS; n++) {
    struct one *one;
    random = random * 1664525u + 1013904223u;
    one = &sides[random >> 31].all[(random >> 8) % HANDLES];
    __atomic_fetch_add(&one->wanted, 1, __ATOMIC_RELAXED);
    MUST(uv_async_send(&one->async));
  }
}
static void runner(void *arg) {
  struct side *side = arg;
  run(&side->loop, UV_RUN_DEFAULT);
}
static void watcher(void *arg) {
  (void) arg;
  while (!__atomic_load_n(&stop_watching, __ATOMIC_RELAXED)) {
    uv_metrics_idle_time(&sides[0].loop);
    uv_metrics_idle_time(&sides[1].loop);
    sched_yield();
  }
}

int main(void) {
  uv_thread_t senders[SENDERS], runners[LOOPS], idle;
  int i, k;
  begin();
  for (k = 0; k < LOOPS; k++) {
    struct side *side = &sides[k];
    MUST(uv_loop_init(&side->loop));
    MUST(uv_loop_configure(&side->loop, UV_METRICS_IDLE_TIME));
    side->loop.data = side;
    for (i = 0; i < HANDLES; i++)
      MUST(uv_async_init(&side->loop, &side->all[i].async, on_async));
    /* The last in order: its callback comes after those of its turn. */
    MUST(uv_async_init(&side->loop, &side->done, on_done));
    side->open = HANDLES;
  }
  for (k = 0; k < LOOPS; k++) MUST(uv_thread_create(&runners[k], runner, &sides[k]));
  MUST(uv_thread_create(&idle, watcher, NULL));
  for (i = 0; i < SENDERS; i++)
    MUST(uv_thread_create(&senders[i], sender, (void *) (intptr_t) i));
  for (i = 0; i < SENDERS; i++) MUST(uv_thread_join(&senders[i]));
  for (k = 0; k < LOOPS; k++) MUST(uv_async_send(&sides[k].done));
  for (k = 0; k < LOOPS; k++) MUST(uv_thread_join(&runners[k]));
  __atomic_store_n(&stop_watching, 1, __ATOMIC_RELAXED);
  MUST(uv_thread_join(&idle));
  for (k = 0; k < LOOPS; k++) MUST(uv_loop_close(&sides[k].loop));
  say("ok");
  return 0;
}
