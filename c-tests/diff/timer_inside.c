/* Timers that start, stop, repeat and close timers from inside a callback. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t a, b, c, d;
static int count;

static void fire(uv_timer_t *h) { say("  %s", label(h)); }
static void due(int ms) {
  uv_sleep(ms);
  uv_update_time(&loop);
}

static void restart_zero(uv_timer_t *h) {
  say("  %s, restarting itself at zero", label(h));
  if (++count < 3) MUST(uv_timer_start(h, restart_zero, 0, 0));
}
static void start_other(uv_timer_t *h) {
  say("  %s starts b at zero and c later", label(h));
  MUST(uv_timer_start(&b, fire, 0, 0));
  MUST(uv_timer_start(&c, fire, 1, 0));
}
static void stop_others(uv_timer_t *h) {
  say("  %s stops b, closes c", label(h));
  TRY(uv_timer_stop(&b));
  CLOSE(&c);
}
static void close_self(uv_timer_t *h) {
  say("  %s closes itself", label(h));
  CLOSE(h);
}
static void repeat_thrice(uv_timer_t *h) {
  say("  %s repeats (active %d)", label(h), uv_is_active(H(h)));
  if (++count == 3) TRY(uv_timer_stop(h));
}
static void repeat_off(uv_timer_t *h) {
  say("  %s takes its repeat away (active %d, repeat %d)", label(h),
      uv_is_active(H(h)), (int) uv_timer_get_repeat(h));
  uv_timer_set_repeat(h, 0);
  say("  %s active %d", label(h), uv_is_active(H(h)));
}
static void repeat_on(uv_timer_t *h) {
  say("  %s gives itself a repeat (active %d)", label(h), uv_is_active(H(h)));
  uv_timer_set_repeat(h, 1);
  if (++count == 2) TRY(uv_timer_stop(h));
  else TRY(uv_timer_again(h));
}
static void again_inside(uv_timer_t *h) {
  say("  %s again", label(h));
  if (++count == 3) uv_timer_stop(h);
  else TRY(uv_timer_again(h));
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &a));
  MUST(uv_timer_init(&loop, &b));
  MUST(uv_timer_init(&loop, &c));
  MUST(uv_timer_init(&loop, &d));
  a.data = "a"; b.data = "b"; c.data = "c"; d.data = "d";

  say("zero restarted inside: one per turn");
  MUST(uv_timer_start(&a, restart_zero, 0, 0));
  for (count = 0; count < 3;) run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);

  say("others started inside, while more are due");
  MUST(uv_timer_start(&a, start_other, 0, 0));
  MUST(uv_timer_start(&d, fire, 0, 0));
  run(&loop, UV_RUN_NOWAIT);
  due(5);
  run(&loop, UV_RUN_NOWAIT);

  say("others stopped and closed inside");
  MUST(uv_timer_start(&a, stop_others, 0, 0));
  MUST(uv_timer_start(&b, fire, 0, 0));
  MUST(uv_timer_start(&c, fire, 0, 0));
  MUST(uv_timer_start(&d, fire, 0, 0));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);

  say("repeat");
  count = 0;
  MUST(uv_timer_start(&a, repeat_thrice, 1, 2));
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_timer_start(&a, repeat_off, 1, 2));
  run(&loop, UV_RUN_DEFAULT);
  run(&loop, UV_RUN_DEFAULT);
  count = 0;
  MUST(uv_timer_start(&a, repeat_on, 1, 0));
  run(&loop, UV_RUN_DEFAULT);
  count = 0;
  MUST(uv_timer_start(&a, again_inside, 0, 1));
  run(&loop, UV_RUN_DEFAULT);

  say("a late repeat does not catch up within one turn");
  count = 0;
  MUST(uv_timer_start(&a, repeat_thrice, 1, 1));
  due(10);
  run(&loop, UV_RUN_NOWAIT);
  say("fired %d", count > 2 ? -1 : count);
  uv_timer_stop(&a);

  say("closing itself");
  MUST(uv_timer_start(&a, close_self, 0, 1));
  run(&loop, UV_RUN_DEFAULT);
  close_all(&loop);
  return finish(&loop);
}
