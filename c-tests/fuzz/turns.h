/* What needs no descriptors: timers, the watchers of the loop's phases, async handles
 * and signals. */
#ifndef TURNS_H
#define TURNS_H

#include "world.h"

static void on_timer(uv_timer_t *t) {
  struct slot *s = enter(t, "fires", 0);
  if (uv_timer_get_repeat(t) == 0) s->started = 0;
  leave(s);
}

#define PHASE(kind)                                                            \
  static void on_##kind(uv_##kind##_t *h) {                                    \
    leave(enter(h, "runs", 1));                                                \
  }                                                                            \
  static void other_##kind(uv_##kind##_t *h) {                                 \
    leave(enter(h, "runs", 2));                                                \
  }
PHASE(idle)
PHASE(prepare)
PHASE(check)

/* A send from an async callback to a handle that the same walk still comes to makes
 * libuv's next poll return at once, for a callback that was already called. */
static int in_async, sent_inside;
/* How many runs are on the stack. In an inner run there is no such send: the outer run's
 * poll, which cannot be made one that does not wait, would return at once. */
static int runs;

static void on_async(uv_async_t *a) {
  enter(a, "called", 0);
  in_async++;
  leave(slot_of(a));
  in_async--;
}

static void on_signal(uv_signal_t *h, int signum) {
  struct slot *s = enter(h, "gets", signum);
  if (s->started == 2) s->started = 0; /* it was for one signal */
  leave(s);
}

/* Not 0 from a raise to the end of the run that delivers it. In between libuv stops a
 * one-shot handle that is started for another signal without calling it, and delivers to
 * one that was stopped and started again what was raised before. */
static int raised;

static const int signals[] = {SIGUSR1, SIGUSR2, SIGWINCH};

static void new_turns(struct slot *s, enum kind kind) {
  int r;
  switch (kind) {
  case TIMER:
    fill(s, TIMER, UV_TIMER);
    MUST(uv_timer_init(loop, (uv_timer_t *) s->h));
    break;
  case IDLE:
    fill(s, IDLE, UV_IDLE);
    MUST(uv_idle_init(loop, (uv_idle_t *) s->h));
    break;
  case PREPARE:
    fill(s, PREPARE, UV_PREPARE);
    MUST(uv_prepare_init(loop, (uv_prepare_t *) s->h));
    break;
  case CHECK:
    fill(s, CHECK, UV_CHECK);
    MUST(uv_check_init(loop, (uv_check_t *) s->h));
    break;
  case ASYNC:
    fill(s, ASYNC, UV_ASYNC);
    s->started = 1;
    r = uv_async_init(loop, (uv_async_t *) s->h, on_async);
    if (r != 0) unfill(s, r);
    break;
  default:
    fill(s, SIGNAL, UV_SIGNAL);
    r = uv_signal_init(loop, (uv_signal_t *) s->h);
    if (r != 0) unfill(s, r);
  }
}

static void start_turns(struct slot *s, unsigned a, unsigned b) {
  int oneshot, r = 0, signum = signals[a % COUNT(signals)];
  uint64_t timeout = a & 0x40 ? 0 : a % 12, repeat = b & 0x40 ? 0 : b % 6;
  switch (s->kind) {
  case TIMER:
    r = uv_timer_start((uv_timer_t *) s->h, on_timer, timeout, repeat);
    CALLS(s, "start %d %d -> %s", (int) timeout, (int) repeat, name(r));
    break;
  case IDLE:
    r = uv_idle_start((uv_idle_t *) s->h, a & 1 ? on_idle : other_idle);
    CALLS(s, "start %d -> %s", a & 1, name(r));
    break;
  case PREPARE:
    r = uv_prepare_start((uv_prepare_t *) s->h, a & 1 ? on_prepare : other_prepare);
    CALLS(s, "start %d -> %s", a & 1, name(r));
    break;
  case CHECK:
    r = uv_check_start((uv_check_t *) s->h, a & 1 ? on_check : other_check);
    CALLS(s, "start %d -> %s", a & 1, name(r));
    break;
  case ASYNC:
    if (in_async && runs > 1) return;
    r = uv_async_send((uv_async_t *) s->h);
    CALLS(s, "send -> %s", name(r));
    if (in_async) sent_inside = 1;
    break;
  case SIGNAL:
    if (raised) return;
    /* One-shot once is one-shot for ever, in libuv: a handle is of one sort here. */
    oneshot = s->id % 4 == 0;
    r = oneshot ? uv_signal_start_oneshot((uv_signal_t *) s->h, on_signal, signum)
                : uv_signal_start((uv_signal_t *) s->h, on_signal, signum);
    CALLS(s, "start %d %s -> %s", signum, oneshot ? "oneshot" : "", name(r));
    if (r != 0) return;
    s->started = oneshot ? 2 : 1;
    return;
  default:
    return;
  }
  if (r == 0) s->started = 1;
}

static void stop_turns(struct slot *s) {
  int r;
  switch (s->kind) {
  case TIMER: r = uv_timer_stop((uv_timer_t *) s->h); break;
  case IDLE: r = uv_idle_stop((uv_idle_t *) s->h); break;
  case PREPARE: r = uv_prepare_stop((uv_prepare_t *) s->h); break;
  case CHECK: r = uv_check_stop((uv_check_t *) s->h); break;
  case SIGNAL: r = uv_signal_stop((uv_signal_t *) s->h); break;
  default: return;
  }
  s->started = 0;
  CALLS(s, "stop -> %s", name(r));
}

/* What a signal does to a process that does not watch it is no part of this. */
static void raise_one(unsigned which) {
  int signum = signals[which % COUNT(signals)];
  struct sigaction now;
  SYS(sigaction(signum, NULL, &now));
  say("%*sraise %d%s", 2 * depth, "", signum, now.sa_handler == SIG_DFL ? ": unwatched" : "");
  if (now.sa_handler == SIG_DFL) return;
  raised = depth > 0 ? 2 : 1; /* the poll of this run may be over */
  raise(signum);
}

static void more_turns(struct slot *s, unsigned a, unsigned b) {
  uv_timer_t *t = (uv_timer_t *) s->h;
  int r;
  switch (s->kind) {
  case TIMER:
    switch (a % 3) {
    case 0:
      r = uv_timer_again(t);
      CALLS(s, "again -> %s", name(r));
      if (r == 0 && uv_is_active(s->h)) s->started = 1;
      break;
    case 1:
      uv_timer_set_repeat(t, b % 5);
      CALLS(s, "repeat %d", b % 5);
      break;
    case 2:
      CALLS(s, "due in %d, repeat %d", (int) uv_timer_get_due_in(t), (int) uv_timer_get_repeat(t));
      break;
    }
    break;
  case ASYNC: start_turns(s, a, b); break;
  case SIGNAL: raise_one(b); break;
  default: break;
  }
}

#endif
