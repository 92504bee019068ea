/* Starting a timer needs no memory, and a repeating one goes on without: a few, and
 * thousands, with an allocator that has nothing to give at all, or at times. */
#include "chance.h"

enum { N = 3000 };

static uv_loop_t loop;
static uv_timer_t timers[N];
static int quiet, fired;
static uint64_t sum;

static int below(int n) { return (int) chance((uint32_t) n); }

static void on_timer(uv_timer_t *t) {
  int me = (int) (t - timers);
  fired++;
  sum = sum * 31 + (uint64_t) me;
  if (!quiet) say("  timer %d", me);
}

/* So much later that all of them are due, the far ones apart: no time is traced. All
 * are started at the time of the last run. */
static void pass(int n) {
  int i, active = 0;
  fired = 0;
  usleep(30000);
  uv_run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < n; i++) active += uv_is_active(H(&timers[i]));
  say("fired %d, active %d, checksum %" PRIu64, fired, active, sum);
}

static void start(int n, int once_in) {
  int i;
  for (i = 0; i < n; i++)
    if (below(once_in) == 0)
      TRY(uv_timer_start(&timers[i], on_timer, (uint64_t) below(20),
                         (uint64_t) below(2) * 5));
}

static void some(int n, int rounds) {
  int i, round;
  for (i = 0; i < n; i++) MUST(uv_timer_init(&loop, &timers[i]));
  start(n, 1);
  for (round = 0; round < rounds; round++) {
    starve = round % 3 != 2;
    pass(n);
    start(n, 5);
    for (i = 0; i < n; i++) {
      if (below(9) == 0) uv_timer_stop(&timers[i]);
      if (below(9) == 0) TRY(uv_timer_again(&timers[i]));
    }
    /* Far away ones come nearer. */
    for (i = 0; i < n; i++)
      if (below(4) == 0) {
        MUST(uv_timer_start(&timers[i], on_timer, 100000, 5));
        if (below(2)) MUST(uv_timer_start(&timers[i], on_timer, (uint64_t) below(9), 5));
      }
  }
  for (i = 0; i < n; i++) uv_close(H(&timers[i]), NULL);
  run(&loop, UV_RUN_NOWAIT);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  starve = 1;
  some(5, 3);
  some(100, 4);
  quiet = 1;
  some(N, 9);
  starve = 0;
  some(N, 9);
  return finish(&loop);
}
