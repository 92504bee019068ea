/* Timers that start, stop, repeat, start over and close themselves and each other from their
 * callbacks, at random: a few, and enough for the library to keep many. For two programs,
 * which differ in what becomes of a timer's memory. */
#ifndef TIMER_RANDOM_H
#define TIMER_RANDOM_H

#include "chance.h"

enum { MOST = 2400 };

typedef union {
  uv_timer_t timer;
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
} memory;

static uv_loop_t loops[3], *loop = loops;
static const int numbers[] = {6, 100, MOST};
static memory *at[MOST];
static int closing[MOST], number, fired, wrong;

static int below(int n) { return (int) chance((uint32_t) n); }
static uv_timer_t *timer(int i) { return &at[i]->timer; }

static void on_timer(uv_timer_t *t);
static void on_other(uv_timer_t *t) { on_timer(t); }

/* Due in the next pass, within minutes, later. */
static uint64_t some_time(void) {
  switch (below(8)) {
    case 0: return 0;
    case 1: return 40000 + (uint64_t) below(20000);
    case 2: return 300000 + (uint64_t) below(3);
    default: return (uint64_t) below(20);
  }
}

static void start(int i) {
  MUST(uv_timer_start(timer(i), below(3) ? on_timer : on_other, some_time(),
                      below(4) ? 0 : 1 + (uint64_t) below(20)));
}

static void init(int i) {
  MUST(uv_timer_init(loop, timer(i)));
  timer(i)->data = (void *) (intptr_t) i;
}

/* Something else becomes of the timer. */
static void renew(int i);

/* Initialises the memory of a stopped timer again, as libuv allows. */
HELPER void init_again(int i) {
  MUST(uv_timer_stop(timer(i)));
  switch (below(5)) {
    case 0: MUST(uv_idle_init(loop, &at[i]->idle)); break;
    case 1: MUST(uv_prepare_init(loop, &at[i]->prepare)); break;
    case 2: MUST(uv_check_init(loop, &at[i]->check)); break;
    case 3: memset(at[i], 0, sizeof *at[i]); break;
  }
  init(i);
}

/* Overwrites and frees the memory, and makes a timer of what malloc returns. */
HELPER void on_close(uv_handle_t *h) {
  int i = (int) (intptr_t) h->data;
  digested(&i, sizeof i);
  memset(at[i], 0xa5, sizeof *at[i]);
  free(at[i]);
  at[i] = malloc(sizeof *at[i]);
  if (!at[i]) broken("malloc");
  memset(at[i], 0x5a, sizeof *at[i]);
  init(i);
  closing[i] = 0;
}

static void change(int i) {
  int what = below(20);
  uint64_t due;
  if (closing[i]) return;
  if (what < 8) {
    start(i);
  } else if (what < 11) {
    MUST(uv_timer_stop(timer(i)));
  } else if (what < 14) {
    MUST(uv_timer_stop(timer(i)));
    start(i);
  } else if (what < 16) {
    uv_timer_again(timer(i));
  } else if (what < 17) {
    uv_timer_set_repeat(timer(i), (uint64_t) below(3));
  } else if (what < 19) {
    renew(i);
  } else {
    due = uv_timer_get_due_in(timer(i)) > 1000;
    digested(&due, sizeof due);
  }
}

static void on_timer(uv_timer_t *t) {
  int i = (int) (intptr_t) t->data, n;
  if (timer(i) != t || closing[i]) wrong++;
  fired++;
  digested(&i, sizeof i);
  for (n = below(4); n > 0; n--) change(below(3) ? below(number) : i);
}

static void pass(int nth) {
  int i, active = 0, changes = below(2) ? number : number / 8;
  /* All timers of a pass are started at one time of the loop, and those that are due
   * soon are due together. */
  for (i = 0; i < changes; i++) change(below(number));
  if (nth % 8 == 7)
    for (i = 0; i < number; i++)
      if (!closing[i] && below(50)) MUST(uv_timer_stop(timer(i)));
  usleep(25000);
  fired = 0;
  uv_run(loop, UV_RUN_NOWAIT);
  for (i = 0; i < number; i++) active += !closing[i] && uv_is_active(H(timer(i)));
  say("pass %d: fired %d, active %d, digest %" PRIx64, nth, fired, active, digest);
}

static void all(int n) {
  int i;
  number = n;
  for (i = 0; i < n; i++) {
    at[i] = calloc(1, sizeof *at[i]);
    if (!at[i]) broken("calloc");
    init(i);
  }
  for (i = 0; i < 24; i++) pass(i);
  say("wrong: %d", wrong);
}

#endif
