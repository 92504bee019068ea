/* Finding a callback that blocks: a check handle and a prepare handle see each turn, and
 * the time between a check and the next prepare is spent in callbacks. With
 * UV_METRICS_IDLE_TIME the loop says how long it waited. */
#include "trace.h"

static uv_loop_t loop;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_timer_t slow, quick;
static uint64_t polled;
static int blocked;

static void on_prepare(uv_prepare_t *h) {
  (void) h;
  if (polled && uv_hrtime() - polled > 50000000) blocked++;
}

static void on_check(uv_check_t *h) {
  (void) h;
  polled = uv_hrtime();
}

static void on_slow(uv_timer_t *t) {
  say("  a callback that takes 100 ms");
  uv_sleep(100);
  CLOSE(t);
}

static void on_quick(uv_timer_t *t) {
  say("  a quick one");
  CLOSE(t);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  TRY(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_check_start(&check, on_check));
  uv_unref(H(&prepare));
  uv_unref(H(&check));
  MUST(uv_timer_init(&loop, &slow));
  MUST(uv_timer_init(&loop, &quick));
  MUST(uv_timer_start(&slow, on_slow, 10, 0));
  MUST(uv_timer_start(&quick, on_quick, 200, 0));
  run(&loop, UV_RUN_DEFAULT);
  say("turns in which callbacks took more than 50 ms: %s", blocked ? "some" : "none");
  say("the loop has waited: %s", uv_metrics_idle_time(&loop) > 10000000 ? "yes" : "no");
  close_all(&loop);
  return finish(&loop);
}
