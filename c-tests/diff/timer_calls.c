/* The timer calls in every state: results, getters, extremes. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t t;
static int fired;

static void fire(uv_timer_t *h) {
  (void) h;
  fired++;
}
static void show_timer(const char *when) {
  uint64_t due = uv_timer_get_due_in(&t);
  say("%s: active %d, repeat %" PRIu64 ", due in %s", when,
      uv_is_active(H(&t)), uv_timer_get_repeat(&t),
      due == 0 ? "0" : due == UINT64_MAX ? "UINT64_MAX"
      : due > UINT64_MAX / 2 ? "very long" : due > 500 ? "long" : "soon");
}

int main(void) {
  uint64_t start;
  begin();
  MUST(uv_loop_init(&loop));
  TRY(uv_timer_init(&loop, &t));
  show_timer("new");
  TRY(uv_timer_again(&t));
  TRY(uv_timer_stop(&t));
  TRY(uv_timer_start(&t, NULL, 1, 1));
  TRY(uv_timer_start(&t, fire, 1000, 0));
  show_timer("started");
  TRY(uv_timer_start(&t, NULL, 1, 1));
  show_timer("after the null callback");
  TRY(uv_timer_again(&t));
  show_timer("again without repeat");
  uv_timer_set_repeat(&t, 2000);
  show_timer("set_repeat");
  TRY(uv_timer_again(&t));
  show_timer("again");
  TRY(uv_timer_stop(&t));
  show_timer("stopped");
  TRY(uv_timer_again(&t));
  show_timer("again from stopped");
  TRY(uv_timer_stop(&t));
  TRY(uv_timer_stop(&t));

  say("no callback yet");
  {
    static uv_timer_t fresh;
    MUST(uv_timer_init(&loop, &fresh));
    uv_timer_set_repeat(&fresh, 5);
    TRY(uv_timer_again(&fresh));
    CLOSE(&fresh);
    run(&loop, UV_RUN_NOWAIT);
  }

  say("extremes");
  TRY(uv_timer_start(&t, fire, UINT64_MAX, 0));
  show_timer("UINT64_MAX");
  say("backend timeout %s", uv_backend_timeout(&loop) > 500 ? "long" : "short");
  run(&loop, UV_RUN_NOWAIT);
  TRY(uv_timer_start(&t, fire, UINT64_MAX - 1, UINT64_MAX));
  show_timer("UINT64_MAX - 1");
  run(&loop, UV_RUN_NOWAIT);
  TRY(uv_timer_start(&t, fire, (uint64_t) INT32_MAX + 1, 0));
  say("backend timeout INT_MAX %d", uv_backend_timeout(&loop) == INT32_MAX);
  TRY(uv_timer_start(&t, fire, 0, UINT64_MAX));
  run(&loop, UV_RUN_NOWAIT);
  say("fired %d", fired);
  show_timer("repeat UINT64_MAX");
  TRY(uv_timer_start(&t, fire, 0, 0));
  show_timer("zero");
  run(&loop, UV_RUN_NOWAIT);
  say("fired %d", fired);
  show_timer("fired");

  say("clock");
  start = uv_now(&loop);
  uv_sleep(5);
  say("unmoved %d", uv_now(&loop) == start);
  uv_update_time(&loop);
  say("moved %d", uv_now(&loop) >= start + 4);
  say("hrtime grows %d", uv_hrtime() <= uv_hrtime());
  TRY(uv_timer_start(&t, fire, 3, 0));
  uv_sleep(10);
  uv_update_time(&loop);
  show_timer("overdue");

  say("closing");
  CLOSE(&t);
  show_timer("closing");
  TRY(uv_timer_start(&t, fire, 0, 0));
  TRY(uv_timer_stop(&t));
  uv_timer_set_repeat(&t, 1);
  run(&loop, UV_RUN_DEFAULT);
  say("fired %d", fired);
  return finish(&loop);
}
