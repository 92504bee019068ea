/* One shot, and which disposition is left to whom. */
#include "trace.h"

static uv_loop_t loop;
static uv_signal_t a, b, c;

static const char *disposition(int signum) {
  struct sigaction sa;
  SYS(sigaction(signum, NULL, &sa));
  if (sa.sa_handler == SIG_DFL) return "default";
  if (sa.sa_handler == SIG_IGN) return "ignored";
  return sa.sa_flags & SA_RESETHAND ? "caught once"
         : sa.sa_flags & SA_RESTART ? "caught, restarts"
                                    : "caught";
}
static void now(const char *when) {
  say("%s: %s; active %d %d %d", when, disposition(SIGWINCH), uv_is_active(H(&a)),
      uv_is_active(H(&b)), uv_is_active(H(&c)));
}
static void on_signal(uv_signal_t *s, int signum) {
  say("  %s, signum %s, active %d", (const char *) s->data,
      s->signum == signum ? "set" : "not set", uv_is_active(H(s)));
}
static void starts_again(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  TRY(uv_signal_start_oneshot(s, on_signal, signum));
}
static void stops_and_starts(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  TRY(uv_signal_stop(s));
  TRY(uv_signal_start(s, on_signal, signum));
}
static void closes(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  CLOSE(s);
}
static void stop_all(void) {
  MUST(uv_signal_stop(&a));
  MUST(uv_signal_stop(&b));
  MUST(uv_signal_stop(&c));
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_signal_init(&loop, &a));
  MUST(uv_signal_init(&loop, &b));
  MUST(uv_signal_init(&loop, &c));
  a.data = "a";
  b.data = "b";
  c.data = "c";

  now("at first");
  MUST(uv_signal_start_oneshot(&a, on_signal, SIGWINCH));
  now("one for one shot");
  MUST(uv_signal_start(&b, on_signal, SIGWINCH));
  now("and one for good");
  MUST(uv_signal_start_oneshot(&c, on_signal, SIGWINCH));
  now("and another for one shot");
  raise(SIGWINCH);
  raise(SIGWINCH);
  run(&loop, UV_RUN_NOWAIT);
  now("after two");
  stop_all();
  now("all stopped");

  say("the last one for good stops");
  a.flags = b.flags = c.flags = a.flags & ~0x02000000u;
  MUST(uv_signal_start_oneshot(&a, on_signal, SIGWINCH));
  MUST(uv_signal_start(&b, on_signal, SIGWINCH));
  MUST(uv_signal_stop(&b));
  now("stopped");
  raise(SIGWINCH);
  now("raised");
  run(&loop, UV_RUN_NOWAIT);
  now("run");
  stop_all();

  say("the last one for one shot stops before the one for good");
  MUST(uv_signal_start(&b, on_signal, SIGWINCH));
  MUST(uv_signal_start_oneshot(&a, on_signal, SIGWINCH));
  MUST(uv_signal_stop(&a));
  now("stopped");
  stop_all();

  say("started again in its callback");
  MUST(uv_signal_start_oneshot(&a, starts_again, SIGWINCH));
  raise(SIGWINCH);
  run(&loop, UV_RUN_NOWAIT);
  now("after");
  stop_all();

  say("stopped and started for good in its callback");
  MUST(uv_signal_start_oneshot(&a, stops_and_starts, SIGWINCH));
  raise(SIGWINCH);
  run(&loop, UV_RUN_NOWAIT);
  now("after");
  stop_all();

  say("what was for one shot once, then started for good");
  MUST(uv_signal_start(&a, on_signal, SIGWINCH));
  now("started");
  raise(SIGWINCH);
  run(&loop, UV_RUN_NOWAIT);
  now("after");
  stop_all();

  say("an ignored signal is taken over, and left to the default");
  signal(SIGWINCH, SIG_IGN);
  now("ignored");
  MUST(uv_signal_start(&b, on_signal, SIGWINCH));
  now("started");
  MUST(uv_signal_stop(&b));
  now("stopped");

  say("closed in its callback");
  MUST(uv_signal_start_oneshot(&a, closes, SIGWINCH));
  MUST(uv_signal_start(&b, closes, SIGWINCH));
  raise(SIGWINCH);
  run(&loop, UV_RUN_DEFAULT);
  now("after");
  close_all(&loop);
  return finish(&loop);
}
