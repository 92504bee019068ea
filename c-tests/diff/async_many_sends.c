/* Thousands of sends to a handle that waits for its callback: one call answers them all,
 * sees what was written before the last of them, and what has been closed stays closed. */
#include "trace.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>

enum { MANY = 3000, ROUNDS = 10000, LINES = 40 };

static uv_loop_t loop;
static uv_async_t async;
static uv_prepare_t prepare;
static int calls;

static void on_async(uv_async_t *h) {
  (void) h;
  calls++;
}
static void send_many(uv_async_t *h) {
  int i;
  for (i = 0; i < MANY; i++) MUST(uv_async_send(h));
}

/* The sender sends until the handle has long been pending, then writes a message and sends
 * once more, just when the loop begins to answer. It waits until the callback has seen the
 * message, which for lack of another send is now or never. The message has many cache
 * lines, which the callback's processor has to give up one by one: they linger in the
 * sender's store buffer when it sends. */
static struct {
  int round;
} __attribute__((aligned(128))) message[LINES];
static int seen __attribute__((aligned(128)));
static int ready __attribute__((aligned(128)));
static void on_message(uv_async_t *h) {
  int i, now = 0;
  for (i = LINES - 1; i >= 0; i--) {
    int round = __atomic_load_n(&message[i].round, __ATOMIC_ACQUIRE);
    if (i == LINES - 1) now = round;
    if (round < now) say("line %d is older than the last one", i);
  }
  __atomic_store_n(&seen, now, __ATOMIC_RELAXED);
  if (now == ROUNDS) {
    uv_close(H(h), NULL);
    uv_close(H(&prepare), NULL);
  }
}
/* Holds the loop until the sender is about to write. */
static void on_prepare(uv_prepare_t *h) {
  int tries;
  (void) h;
  for (tries = 1; __atomic_load_n(&ready, __ATOMIC_RELAXED) <= seen; tries++)
    if (tries % 10000 == 0) sched_yield();
}
static void sender(void *arg) {
  volatile int pause;
  int i, n;
  (void) arg;
  for (n = 1; n <= ROUNDS; n++) {
    send_many(&async);
    __atomic_store_n(&ready, n, __ATOMIC_RELAXED);
    for (pause = n % 1000; pause > 0; pause--) {}
    for (i = 0; i < LINES; i++) __atomic_store_n(&message[i].round, n, __ATOMIC_RELEASE);
    MUST(uv_async_send(&async));
    while (__atomic_load_n(&seen, __ATOMIC_RELAXED) != n) uv_sleep(0);
  }
}

static int sent, stop;
static void flooder(void *arg) {
  while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
    uv_async_send(arg);
    __atomic_fetch_add(&sent, 1, __ATOMIC_RELAXED);
  }
}
static void wait_for_sends(void) {
  int from = __atomic_load_n(&sent, __ATOMIC_RELAXED);
  while (__atomic_load_n(&sent, __ATOMIC_RELAXED) < from + MANY) uv_sleep(0);
}

static void on_signal(int signum) {
  (void) signum;
  send_many(&async);
}

static void one_call_answers_all(void) {
  int i;
  for (i = 0; i < 3; i++) {
    send_many(&async);
    uv_run(&loop, UV_RUN_NOWAIT);
    say("round %d: %d calls", i, calls);
    uv_run(&loop, UV_RUN_NOWAIT);
    say("and then %d", calls);
  }
}
static void sends_of_a_signal_handler(void) {
  signal(SIGUSR1, on_signal);
  send_many(&async);
  errno = 42;
  raise(SIGUSR1);
  say("errno %d", errno);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("from a signal handler: %d calls", calls);
}
static void close_under_a_flood(void) {
  static uv_async_t churn;
  uv_thread_t thread;
  int i;
  for (i = 0; i < 50; i++) {
    int before;
    MUST(uv_async_init(&loop, &churn, on_async));
    stop = 0;
    MUST(uv_thread_create(&thread, flooder, &churn));
    wait_for_sends();
    if (i % 2) {
      uv_run(&loop, UV_RUN_NOWAIT);
      wait_for_sends();
    }
    uv_close(H(&churn), NULL);
    before = calls;
    wait_for_sends();
    uv_run(&loop, UV_RUN_NOWAIT);
    if (calls != before) say("called after the close");
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    MUST(uv_thread_join(&thread));
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  say("closed under a flood");
}

int main(void) {
  uv_thread_t thread;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &async, on_async));
  one_call_answers_all();
  sends_of_a_signal_handler();
  close_under_a_flood();
  uv_close(H(&async), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  MUST(uv_async_init(&loop, &async, on_message));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_thread_create(&thread, sender, NULL));
  uv_run(&loop, UV_RUN_DEFAULT);
  MUST(uv_thread_join(&thread));
  say("every message was seen");
  return finish(&loop);
}
