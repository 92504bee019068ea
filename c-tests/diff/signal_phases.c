/* A signal raised in each phase of a turn: in which turn it is served, and where in
 * that turn; whether the backend descriptor tells of it; how many wait. */
#include "trace.h"

static uv_loop_t loop;
static uv_signal_t s, s2;
static uv_timer_t timer;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_poll_t poll_a, poll_b;
static uv_timer_t short_lived;
static int a[2], b[2], calls, raise_again;
static const char *raise_in = "";

static void maybe(const char *phase) {
  say("  %s", phase);
  if (strcmp(phase, raise_in) == 0) {
    say("    raises");
    raise(SIGUSR1);
  }
}
static void on_signal(uv_signal_t *h, int signum) {
  (void) h;
  (void) signum;
  calls++;
  maybe("signal");
}
static void counts(uv_signal_t *h, int signum) {
  (void) h;
  calls++;
  if (raise_again > 0) {
    raise_again--;
    raise(signum);
  }
}
static void nests(uv_signal_t *h, int signum) {
  (void) signum;
  calls++;
  say("  nested, call %d", calls);
  if (calls == 1) {
    say("  in:");
    uv_run(h->loop, UV_RUN_NOWAIT);
    say("  out");
  }
}
static void nests_raising(uv_signal_t *h, int signum) {
  calls++;
  say("  %s, call %d", (const char *) h->data, calls);
  if (raise_again > 0) {
    raise_again--;
    raise(signum);
    say("  in:");
    uv_run(h->loop, UV_RUN_NOWAIT);
    say("  out");
  }
}
static void on_timer(uv_timer_t *h) { (void) h; maybe("timer"); }
static void on_idle(uv_idle_t *h) { (void) h; maybe("idle"); }
static void on_prepare(uv_prepare_t *h) { (void) h; maybe("prepare"); }
static void on_check(uv_check_t *h) { (void) h; maybe("check"); }
static void on_close(uv_handle_t *h) { (void) h; maybe("closing"); }
static void on_poll(uv_poll_t *h, int status, int events) {
  char byte;
  (void) status;
  (void) events;
  if (h == &poll_a) {
    SYS(read(a[0], &byte, 1));
    maybe("poll a");
  } else {
    SYS(read(b[0], &byte, 1));
    maybe("poll b");
  }
}
static const char *descriptor(void) {
  struct pollfd p;
  p.fd = uv_backend_fd(&loop);
  p.events = POLLIN;
  return poll(&p, 1, 0) == 1 ? "readable" : "silent";
}
static void turns(uv_run_mode mode) {
  int i;
  for (i = 0; i < 3; i++) {
    say(" turn %d", i);
    SYS(write(a[1], "x", 1));
    SYS(write(b[1], "x", 1));
    if (i == 0) {
      MUST(uv_timer_init(&loop, &short_lived));
      uv_close(H(&short_lived), on_close);
    }
    MUST(uv_timer_start(&timer, on_timer, 0, 0));
    uv_run(&loop, mode);
    if (i == 0) {
      int was = calls;
      raise_in = "";
      say(" %s", was ? "served" : "not yet");
    }
  }
}

int main(void) {
  static const char *phases[] = {"timer",  "idle",   "prepare", "poll a",
                                 "poll b", "signal", "check",   "closing"};
  int i;
  begin();
  SYS(pipe(a));
  SYS(pipe(b));
  MUST(uv_loop_init(&loop));
  MUST(uv_signal_init(&loop, &s));
  MUST(uv_signal_init(&loop, &s2));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_poll_init(&loop, &poll_a, a[0]));
  MUST(uv_poll_init(&loop, &poll_b, b[0]));

  say("outside the run: the descriptor tells");
  MUST(uv_signal_start(&s, counts, SIGUSR1));
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("%s", descriptor());
  raise(SIGUSR1);
  say("%s, alive %d", descriptor(), uv_loop_alive(&loop));
  uv_run(&loop, UV_RUN_NOWAIT);
  say("calls %d", calls);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("%s", descriptor());

  say("raised by a callback after the poll: the descriptor tells too");
  MUST(uv_check_start(&check, on_check));
  raise_in = "check";
  uv_run(&loop, UV_RUN_NOWAIT);
  MUST(uv_check_stop(&check));
  say("%s", descriptor());
  calls = 0;
  uv_run(&loop, UV_RUN_ONCE);
  say("calls %d", calls);

  say("stopped before it is served");
  raise(SIGUSR1);
  MUST(uv_signal_stop(&s));
  say("%s", descriptor());
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("%s", descriptor());

  MUST(uv_poll_start(&poll_a, UV_READABLE, on_poll));
  MUST(uv_poll_start(&poll_b, UV_READABLE, on_poll));
  MUST(uv_idle_start(&idle, on_idle));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_check_start(&check, on_check));
  MUST(uv_signal_start(&s, on_signal, SIGUSR1));
  for (i = 0; i < COUNT(phases); i++) {
    say("raised in: %s", phases[i]);
    calls = 0;
    raise_in = phases[i];
    turns(UV_RUN_NOWAIT);
    say("and with one waiting already");
    raise(SIGUSR1);
    calls = 0;
    raise_in = phases[i];
    turns(UV_RUN_ONCE);
  }
  MUST(uv_poll_stop(&poll_a));
  MUST(uv_poll_stop(&poll_b));
  MUST(uv_idle_stop(&idle));
  MUST(uv_prepare_stop(&prepare));
  MUST(uv_check_stop(&check));
  MUST(uv_signal_stop(&s));

  say("a run inside a callback sees what has come since");
  calls = 0;
  MUST(uv_signal_start(&s, nests, SIGUSR1));
  for (i = 0; i < 3; i++) raise(SIGUSR1);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("calls %d", calls);
  MUST(uv_signal_stop(&s));

  say("the same with two handles, and one more on the way");
  calls = 0;
  raise_again = 1;
  s.data = "s";
  s2.data = "s2";
  MUST(uv_signal_start(&s, nests_raising, SIGUSR1));
  MUST(uv_signal_start(&s2, nests_raising, SIGUSR1));
  raise(SIGUSR1);
  raise(SIGUSR1);
  for (i = 0; i < 3; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    say("calls %d", calls);
  }
  MUST(uv_signal_stop(&s));
  MUST(uv_signal_stop(&s2));

  say("raised by each callback, with so many waiting");
  MUST(uv_signal_start(&s, counts, SIGUSR1));
  for (i = 30; i < 36; i += 2) {
    int k;
    calls = 0;
    raise_again = 100;
    for (k = 0; k < i; k++) raise(SIGUSR1);
    for (k = 0; k < 5; k++) {
      uv_run(&loop, UV_RUN_NOWAIT);
      say("%d: after turn %d, calls %d", i, k, calls);
    }
  }
  say("more than can wait");
  calls = raise_again = 0;
  for (i = 0; i < 5000; i++) raise(SIGUSR1);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("calls %d", calls);
  raise(SIGUSR1);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("calls %d", calls);
  say("closed with as many waiting");
  for (i = 0; i < 5000; i++) raise(SIGUSR1);
  close_all(&loop);
  for (i = 0; i < 2; i++) close(a[i]), close(b[i]);
  return finish(&loop);
}
