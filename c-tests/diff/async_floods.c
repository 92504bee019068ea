/* Handles that are sent to faster than their loop can call them back: in a child that has
 * been forked in the middle of it, from signal handlers, by two loops to each other, and
 * closed and made anew again and again. Whoever sends last is always heard. */
#include "trace.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>

enum { FLOOD = 5000, ROUNDS = 10 };

static int load(int *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }
static void store(int *p, int value) { __atomic_store_n(p, value, __ATOMIC_SEQ_CST); }

/* One loop and a thread that floods it: each send says its number before. */
struct side {
  uv_async_t async; /* first: a handle is its side */
  uv_loop_t loop;
  struct side *to; /* where this side's callbacks send */
  int said, heard, calls, stop, last;
};
static struct side sides[2];

static void on_async(uv_async_t *h) {
  struct side *s = (struct side *) h;
  s->calls++;
  s->heard = load(&s->said);
  if (s->heard == s->last) uv_stop(h->loop);
}
static void say_to(struct side *s, int number) {
  __atomic_store_n(&s->said, number, __ATOMIC_RELAXED);
  uv_async_send(&s->async);
}
static void flooder(void *arg) {
  struct side *s = arg;
  int i;
  for (i = 1; i <= s->last; i++) say_to(s, i);
}
static void endless(void *arg) {
  struct side *s = arg;
  int i;
  for (i = 1; !load(&s->stop); i++) {
    uv_async_send(&s->async);
    __atomic_store_n(&s->said, i, __ATOMIC_RELAXED);
  }
}
/* Until so many more sends and calls have been made. */
static void wait_for(struct side *s, int sends) {
  int from = load(&s->said);
  while (load(&s->said) < from + sends) sched_yield();
}
static void make(struct side *s) {
  s->said = s->heard = s->calls = s->stop = 0;
  s->last = FLOOD;
  MUST(uv_async_init(&s->loop, &s->async, on_async));
}
static void unmake(struct side *s) {
  uv_close(H(&s->async), NULL);
  uv_run(&s->loop, UV_RUN_DEFAULT);
}

static void last_send_is_heard(struct side *s) {
  uv_thread_t thread;
  int i;
  for (i = 0; i < ROUNDS; i++) {
    make(s);
    MUST(uv_thread_create(&thread, flooder, s));
    while (s->heard != FLOOD) {
      uv_run(&s->loop, i % 2 ? UV_RUN_NOWAIT : UV_RUN_DEFAULT);
      /* Without a reference it does not keep the loop alive, nor is it called. */
      uv_unref(H(&s->async));
      uv_run(&s->loop, UV_RUN_DEFAULT);
      uv_ref(H(&s->async));
    }
    MUST(uv_thread_join(&thread));
    unmake(s);
  }
  say("the last of each flood was heard");
}

/* Runs the loop under an endless flood, until its handle has been called often. */
static void run_flooded(struct side *s) {
  while (s->calls < 40) uv_run(&s->loop, UV_RUN_NOWAIT);
}
static void closed_in_a_flood(struct side *s) {
  uv_thread_t thread;
  int i, before;
  for (i = 0; i < ROUNDS; i++) {
    make(s);
    s->last = -1;
    MUST(uv_thread_create(&thread, endless, s));
    run_flooded(s);
    uv_close(H(&s->async), NULL);
    before = s->calls;
    wait_for(s, 3000);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    if (s->calls != before) say("called after the close");
    store(&s->stop, 1);
    MUST(uv_thread_join(&thread));
  }
  say("closed in floods");
}

static void child_of_a_flood(struct side *s) {
  int before = s->calls;
  TRY(uv_loop_fork(&s->loop));
  uv_run(&s->loop, UV_RUN_NOWAIT);
  say("child: %d calls without a send", s->calls - before);
  for (s->last = 1; s->last <= FLOOD; s->last++) {
    say_to(s, s->last);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    if (s->heard != s->last) say("child: %d is lost", s->last);
  }
  say("child: %d calls", s->calls - before);
  unmake(s);
  TRY(uv_loop_close(&s->loop));
  fflush(stdout);
  _exit(0);
}
static void forked_in_a_flood(struct side *s) {
  uv_thread_t thread;
  int status;
  pid_t pid;
  make(s);
  s->last = -1;
  MUST(uv_thread_create(&thread, endless, s));
  run_flooded(s);
  fflush(stdout);
  pid = fork();
  SYS(pid);
  if (pid == 0) child_of_a_flood(s);
  run_flooded(s);
  store(&s->stop, 1);
  MUST(uv_thread_join(&thread));
  SYS(waitpid(pid, &status, 0));
  say("child ended with %d", status);
  unmake(s);
}

static int from_handler;
static void on_signal(int signum) {
  (void) signum;
  __atomic_fetch_add(&from_handler, 1, __ATOMIC_SEQ_CST);
  uv_async_send(&sides[0].async);
}
static void on_handled(uv_async_t *h) { ((struct side *) h)->heard = load(&from_handler); }
/* The handler interrupts the flooding thread in the middle of a send, or the loop. */
static void signaller(void *arg) {
  struct side *s = arg;
  int i;
  for (i = 0; i < FLOOD; i++) {
    uv_async_send(&s->async);
    if (i % 50 == 0) raise(SIGUSR1);
    if (i % 50 == 25) kill(getpid(), SIGUSR1);
  }
  while (load(&from_handler) < s->last) {
    errno = 42;
    raise(SIGUSR1);
    if (errno != 42) say("errno is lost");
  }
}
static void sent_to_by_signal_handlers(struct side *s) {
  struct sigaction action;
  uv_thread_t thread;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, NULL);
  make(s);
  s->async.async_cb = on_handled;
  s->last = 1000;
  MUST(uv_thread_create(&thread, signaller, s));
  while (s->heard < s->last) uv_run(&s->loop, UV_RUN_NOWAIT);
  MUST(uv_thread_join(&thread));
  signal(SIGUSR1, SIG_IGN);
  unmake(s);
  say("heard the signal handlers");
}

/* Each callback floods the other loop, which passes on what it has heard and one more. */
static void on_volley(uv_async_t *h) {
  struct side *s = (struct side *) h;
  int i;
  s->heard = load(&s->said);
  if (s->heard <= s->to->last) {
    for (i = s->heard % 7 ? 0 : -1500; i < 8; i++) uv_async_send(&s->to->async);
    say_to(s->to, s->heard + 1);
  }
  if (s->heard >= s->last) uv_stop(h->loop);
}
static void runner(void *arg) {
  struct side *s = arg;
  while (s->heard < s->last) uv_run(&s->loop, UV_RUN_DEFAULT);
}
static void two_loops(void) {
  uv_thread_t threads[2];
  int k;
  for (k = 0; k < 2; k++) {
    struct side *s = &sides[k];
    make(s);
    s->async.async_cb = on_volley;
    s->to = &sides[!k];
    s->last = FLOOD + k;
  }
  say_to(&sides[0], 1);
  for (k = 0; k < 2; k++) MUST(uv_thread_create(&threads[k], runner, &sides[k]));
  for (k = 0; k < 2; k++) MUST(uv_thread_join(&threads[k]));
  for (k = 0; k < 2; k++) unmake(&sides[k]);
  say("two loops have flooded each other");
}

int main(void) {
  int k;
  begin();
  for (k = 0; k < 2; k++) MUST(uv_loop_init(&sides[k].loop));
  last_send_is_heard(&sides[0]);
  closed_in_a_flood(&sides[0]);
  forked_in_a_flood(&sides[0]);
  sent_to_by_signal_handlers(&sides[0]);
  two_loops();
  MUST(uv_loop_close(&sides[1].loop));
  return finish(&sides[0].loop);
}
