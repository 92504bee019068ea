/* Several handles on several signals and loops: who is called, in which order,
 * and what of an arrival is lost when handles start or stop meanwhile. */
#include "trace.h"

static uv_loop_t loop, other;
static uv_signal_t h[4], x;
static uv_prepare_t prepare;

static void on_signal(uv_signal_t *s, int signum) {
  say("  %s: %s, watches %d", (const char *) s->data, strsignal(signum),
      s->signum == signum);
}
static void another(uv_signal_t *s, int signum) {
  (void) signum;
  say("  %s: by its second callback", (const char *) s->data);
}
static void stops_next(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  say("  stops the next");
  MUST(uv_signal_stop(s + 1));
}
static void starts_last(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  say("  starts the last");
  MUST(uv_signal_start(&h[3], on_signal, signum));
}
static void restarts(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  MUST(uv_signal_stop(s));
  MUST(uv_signal_start(s, on_signal, signum));
}
static void raises(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  MUST(uv_signal_stop(s));
  raise(SIGUSR2);
}
static void in_prepare(uv_prepare_t *p) {
  (void) p;
  say("  prepare");
}
static void stop_all(void) {
  int i;
  for (i = 0; i < COUNT(h); i++) MUST(uv_signal_stop(&h[i]));
}

int main(void) {
  static const char *names[] = {"h0", "h1", "h2", "h3"};
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_loop_init(&other));
  for (i = 0; i < COUNT(h); i++) {
    MUST(uv_signal_init(&loop, &h[i]));
    h[i].data = (void *) names[i];
  }
  MUST(uv_signal_init(&other, &x));
  x.data = "x";
  MUST(uv_prepare_init(&loop, &prepare));

  say("numbers that cannot be watched");
  TRY(uv_signal_start(&h[0], on_signal, 0));
  TRY(uv_signal_start(&h[0], on_signal, -1));
  TRY(uv_signal_start(&h[0], on_signal, 65));
  TRY(uv_signal_start(&h[0], on_signal, 4096));
  TRY(uv_signal_start(&h[0], on_signal, SIGKILL));
  TRY(uv_signal_start(&h[0], on_signal, SIGSTOP));
  TRY(uv_signal_start(&h[0], on_signal, 32));
  TRY(uv_signal_start(&h[0], on_signal, 33));
  say("active %d, signum %d", uv_is_active(H(&h[0])), h[0].signum);
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  TRY(uv_signal_start(&h[0], on_signal, SIGKILL));
  say("after a failed change: active %d, signum %d", uv_is_active(H(&h[0])), h[0].signum);

  say("by address, whatever the order of starting; across signals by arrival");
  for (i = COUNT(h) - 1; i >= 0; i--)
    MUST(uv_signal_start(&h[i], on_signal, i % 2 ? SIGUSR1 : SIGUSR2));
  raise(SIGUSR1);
  raise(SIGUSR2);
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("two loops");
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  MUST(uv_signal_start(&x, on_signal, SIGUSR1));
  raise(SIGUSR1);
  raise(SIGUSR1);
  run(&other, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_signal_stop(&x));
  raise(SIGUSR1);
  run(&other, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("one stops the next");
  MUST(uv_signal_start(&h[0], stops_next, SIGUSR1));
  MUST(uv_signal_start(&h[1], on_signal, SIGUSR1));
  MUST(uv_signal_start(&h[2], on_signal, SIGUSR1));
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("one starts another: not for this arrival");
  MUST(uv_signal_start(&h[0], starts_last, SIGUSR1));
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("started between two arrivals");
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  raise(SIGUSR1);
  MUST(uv_signal_start(&h[1], on_signal, SIGUSR1));
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("stopped and started again before the loop looks");
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  MUST(uv_signal_start(&h[1], on_signal, SIGUSR1));
  raise(SIGUSR1);
  raise(SIGUSR1);
  MUST(uv_signal_stop(&h[0]));
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  run(&loop, UV_RUN_NOWAIT);
  raise(SIGUSR1);
  MUST(uv_signal_stop(&h[0]));
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR2));
  raise(SIGUSR2);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("a callback that stops and starts itself gets what was caught before");
  MUST(uv_signal_start(&h[0], restarts, SIGUSR1));
  raise(SIGUSR1);
  raise(SIGUSR1);
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("the same signal again: only the callback changes, also for one shot");
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  MUST(uv_signal_start_oneshot(&h[0], another, SIGUSR1));
  raise(SIGUSR1);
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("raised in a callback: the next turn");
  MUST(uv_prepare_start(&prepare, in_prepare));
  MUST(uv_signal_start(&h[0], raises, SIGUSR1));
  MUST(uv_signal_start(&h[1], on_signal, SIGUSR2));
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  stop_all();

  say("a storm");
  MUST(uv_signal_start(&h[0], stops_next, SIGUSR1));
  MUST(uv_signal_start(&h[1], on_signal, SIGUSR1));
  for (i = 0; i < 40; i++) raise(i % 2 ? SIGUSR1 : SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);

  say("kept alive by an active handle, unless unreferenced");
  uv_prepare_stop(&prepare);
  stop_all();
  say("alive %d", uv_loop_alive(&loop));
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  say("alive %d", uv_loop_alive(&loop));
  uv_unref(H(&h[0]));
  say("alive %d", uv_loop_alive(&loop));

  close_all(&loop);
  close_all(&other);
  MUST(uv_loop_close(&other));
  return finish(&loop);
}
