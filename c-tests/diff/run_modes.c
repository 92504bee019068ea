/* What each run mode does and returns with nothing, something, and unready
 * things to do. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t a, b;
static uv_tcp_t tcp;
static int count;

static void fire(uv_timer_t *t) { say("  %s", label(t)); }
static void fire_close(uv_timer_t *t) {
  say("  %s closes itself", label(t));
  CLOSE(t);
}
static void all(void) {
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_DEFAULT);
}
static void nested(uv_timer_t *t) {
  say("  %s runs the loop again", label(t));
  if (count++ < 1) run(&loop, UV_RUN_NOWAIT);
}

int main(void) {
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  say("an empty loop");
  all();
  MUST(uv_timer_init(&loop, &a));
  MUST(uv_timer_init(&loop, &b));
  a.data = "a";
  b.data = "b";
  say("inactive handles");
  all();
  say("a timer");
  MUST(uv_timer_start(&a, fire, 60, 0));
  all();
  say("once waits for a timer");
  MUST(uv_timer_start(&a, fire, 20, 0));
  run(&loop, UV_RUN_ONCE);
  say("once takes one of two");
  MUST(uv_timer_start(&a, fire, 5, 0));
  MUST(uv_timer_start(&b, fire, 300, 0));
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_ONCE);
  say("nowait does not wait");
  MUST(uv_timer_start(&a, fire, 10000, 0));
  run(&loop, UV_RUN_NOWAIT);
  uv_timer_stop(&a);
  say("nowait and once take a due timer");
  MUST(uv_timer_start(&a, fire, 0, 0));
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_timer_start(&a, fire, 0, 0));
  run(&loop, UV_RUN_ONCE);
  say("a socket that gets data");
  peer = tcp_with_peer(&loop, &tcp);
  tcp.data = "tcp";
  MUST(uv_read_start(S(&tcp), alloc_static, read_say));
  run(&loop, UV_RUN_NOWAIT);
  put(peer, "x");
  run(&loop, UV_RUN_ONCE);
  say("closing");
  CLOSE(&tcp);
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  say("the return value counts what is still closing");
  MUST(uv_timer_start(&a, fire_close, 0, 0));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  say("nested");
  MUST(uv_timer_start(&b, nested, 0, 5));
  run(&loop, UV_RUN_NOWAIT);
  uv_timer_stop(&b);
  say("another mode number");
  MUST(uv_timer_start(&b, fire, 0, 0));
  say("%d", uv_run(&loop, (uv_run_mode) 77));
  CLOSE(&b);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
