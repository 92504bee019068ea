/* An active idle handle keeps the loop from waiting: a processor at 100 %. Stopped, the
 * loop waits for its timers again. */
#include "trace.h"

static uv_loop_t loop;
static uv_idle_t idle;
static uv_timer_t far;

static void on_idle(uv_idle_t *h) {
  (void) h;
  say("  idle");
}

static void never(uv_timer_t *t) {
  (void) t;
  say("never called");
}

static void waits(const char *when) {
  int timeout = uv_backend_timeout(&loop);
  say("%s the loop %s", when, timeout == 0 ? "does not wait" : timeout < 0 ? "waits for ever" : "waits for the timer");
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &far));
  MUST(uv_timer_start(&far, never, 60000, 0));
  waits("with a timer");
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_idle_start(&idle, on_idle));
  waits("with an idle handle besides");
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_ONCE);
  MUST(uv_idle_stop(&idle));
  waits("once it is stopped");
  close_all(&loop);
  return finish(&loop);
}
