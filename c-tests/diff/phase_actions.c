/* What is begun in a phase: in which phase, of which turn, does it come back?
 * Zero timers, asyncs, writes, shutdowns and closes, begun in each phase. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer, zero, victim;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_async_t async, wake;
static uv_tcp_t tcp;
static uv_write_t w;
static const char *where;
static int what, turn, begun;

static void on_zero(uv_timer_t *t) { (void) t; say("  turn %d: zero timer", turn); }
static void on_wake(uv_async_t *a) { (void) a; say("  turn %d: async", turn); }
static void on_write(uv_write_t *r, int status) {
  (void) r;
  say("  turn %d: written %s", turn, name(status));
}
static void on_victim(uv_handle_t *h) { (void) h; say("  turn %d: closed", turn); }

static void in(const char *phase) {
  uv_buf_t x = text_buf("x");
  say("  turn %d: %s", turn, phase);
  if (begun || strcmp(phase, where) != 0) return;
  begun = 1;
  say("  begin");
  switch (what) {
  case 0: MUST(uv_timer_start(&zero, on_zero, 0, 0)); break;
  case 1: MUST(uv_async_send(&wake)); break;
  case 2: MUST(uv_write(&w, S(&tcp), &x, 1, on_write)); break;
  case 3: uv_close(H(&victim), on_victim); break;
  }
}
static void on_timer(uv_timer_t *t) { (void) t; in("timer"); }
static void on_idle(uv_idle_t *t) {
  (void) t;
  turn++;
  in("idle");
}
static void on_prepare(uv_prepare_t *t) { (void) t; in("prepare"); }
static void on_check(uv_check_t *t) { (void) t; in("check"); }
static void on_async(uv_async_t *t) { (void) t; in("poll"); }

int main(void) {
  static const char *phases[] = {"timer", "idle", "prepare", "poll", "check"};
  static const char *things[] = {"zero timer", "async", "write", "close"};
  int i, peer;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_timer_init(&loop, &zero));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_async_init(&loop, &async, on_async));
  MUST(uv_async_init(&loop, &wake, on_wake));
  peer = tcp_with_peer(&loop, &tcp);
  MUST(uv_idle_start(&idle, on_idle));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_check_start(&check, on_check));
  for (what = 0; what < 4; what++)
    for (i = 0; i < COUNT(phases); i++) {
      where = phases[i];
      say("%s begun in %s", things[what], where);
      turn = begun = 0;
      if (what == 3) MUST(uv_timer_init(&loop, &victim));
      MUST(uv_timer_start(&timer, on_timer, 0, 0));
      MUST(uv_async_send(&async));
      uv_run(&loop, UV_RUN_NOWAIT);
      uv_run(&loop, UV_RUN_NOWAIT);
      uv_run(&loop, UV_RUN_ONCE);
    }
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
