/* uv_stop before the run and in each phase of it. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_async_t async;
static uv_timer_t extra;
static const char *where;

static void at(const char *phase) {
  say("  %s", phase);
  if (strcmp(where, phase) == 0) {
    say("  stop");
    uv_stop(&loop);
  }
}
static void on_timer(uv_timer_t *t) { (void) t; at("timer"); }
static void on_idle(uv_idle_t *t) { (void) t; at("idle"); }
static void on_prepare(uv_prepare_t *t) { (void) t; at("prepare"); }
static void on_check(uv_check_t *t) { (void) t; at("check"); }
static void on_async(uv_async_t *t) { (void) t; at("async"); }
static void on_close(uv_handle_t *t) { (void) t; at("close"); }

int main(void) {
  static const char *phases[] = {"before", "timer", "idle", "prepare",
                                 "async",  "check", "close"};
  static const uv_run_mode modes[] = {UV_RUN_DEFAULT, UV_RUN_ONCE, UV_RUN_NOWAIT};
  int i, m;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_async_init(&loop, &async, on_async));
  for (i = 0; i < COUNT(phases); i++)
    for (m = 0; m < 3; m++) {
      where = phases[i];
      say("stop in %s", where);
      MUST(uv_timer_start(&timer, on_timer, 0, 0));
      MUST(uv_idle_start(&idle, on_idle));
      MUST(uv_prepare_start(&prepare, on_prepare));
      MUST(uv_check_start(&check, on_check));
      MUST(uv_timer_init(&loop, &extra));
      uv_close(H(&extra), on_close);
      MUST(uv_async_send(&async));
      if (i == 0) uv_stop(&loop);
      run(&loop, modes[m]);
      where = "";
      run(&loop, UV_RUN_NOWAIT);
      run(&loop, UV_RUN_NOWAIT);
    }
  say("stop twice is once; a stop after the last turn holds for the next run");
  uv_stop(&loop);
  uv_stop(&loop);
  uv_idle_stop(&idle);
  uv_prepare_stop(&prepare);
  uv_check_stop(&check);
  uv_close(H(&async), NULL);
  run(&loop, UV_RUN_DEFAULT);
  run(&loop, UV_RUN_DEFAULT);
  uv_stop(&loop);
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  run(&loop, UV_RUN_DEFAULT);
  close_all(&loop);
  return finish(&loop);
}
