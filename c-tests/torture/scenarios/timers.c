/* Timers: in order, again and again, stopped; and what runs once in each turn. */
#include "../scenario.h"

enum { TIMERS = 40 };

static uv_timer_t timers[TIMERS], repeating;
static uv_idle_t idle;
static uv_prepare_t prepare_;
static uv_check_t check;
static int fired, repeats, turns, last = -1;

static void close_rest(void) {
  if (fired < TIMERS / 2 || repeats < 3) return;
  give_up();
}

static void on_timer(uv_timer_t *timer) {
  int which = (int)(timer - timers);
  CHECK(which % 2 == 0, "a timer that was stopped");
  CHECK(which > last, "timer %d after %d", which, last);
  last = which;
  fired++;
  close_rest();
}

static void on_repeat(uv_timer_t *timer) {
  if (++repeats == 3) TRY(uv_timer_stop(timer));
  CHECK(repeats <= 3, "a timer that was stopped");
  close_rest();
}

static void on_idle(uv_idle_t *handle) {
  turns++;
  uv_idle_stop(handle);
}

static void on_prepare(uv_prepare_t *handle) { (void)handle, turns++; }

static void on_check(uv_check_t *handle) { (void)handle, turns++; }

static int start(void) {
  for (int i = 0; i < TIMERS; i++) {
    if (TRY(uv_timer_init(&loop, &timers[i])) ||
        TRY(uv_timer_start(&timers[i], on_timer, (unsigned)i / 8, 0)))
      return -1;
  }
  for (int i = 1; i < TIMERS; i += 2)
    if (TRY(uv_timer_stop(&timers[i]))) return -1;
  if (TRY(uv_timer_init(&loop, &repeating)) ||
      TRY(uv_timer_start(&repeating, on_repeat, 1, 1)) || TRY(uv_timer_again(&repeating)))
    return -1;
  if (TRY(uv_idle_init(&loop, &idle)) || TRY(uv_idle_start(&idle, on_idle)) ||
      TRY(uv_prepare_init(&loop, &prepare_)) ||
      TRY(uv_prepare_start(&prepare_, on_prepare)) || TRY(uv_check_init(&loop, &check)) ||
      TRY(uv_check_start(&check, on_check)))
    return -1;
  return 0;
}

void scenario(void) {
  if (!begin()) return;
  if (start()) give_up();
  finish();
  CHECK(troubled() || (fired == TIMERS / 2 && repeats == 3 && turns > 2),
        "%d timers fired, %d repeats, %d turns", fired, repeats, turns);
}
