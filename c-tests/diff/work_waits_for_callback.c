/* Jobs that end only when another's callback has run: it runs though every thread has begun
 * with such a job, and many more are queued; also while the loop is woken all the time. */
#include "trace.h"

enum { JOBS = 40, ROUNDS = 300 };

static uv_loop_t loop;
static uv_work_t jobs[JOBS];
static uv_sem_t go;
static uv_timer_t timer;
static int quick, called;

static void work(uv_work_t *r) {
  if (r - jobs >= quick)
    uv_sem_wait(&go);
}
static void done(uv_work_t *r, int status) {
  MUST(status);
  called++;
  if (r - jobs == quick - 1)
    for (int i = quick; i < JOBS; i++) uv_sem_post(&go);
}
static void idles(uv_idle_t *h) { (void) h; }
static void ticks(uv_timer_t *t) { (void) t; }

static void rounds(const char *what, int run_mode) {
  called = 0;
  for (int i = 0; i < ROUNDS; i++) {
    quick = 1 + i % 12;
    for (int j = 0; j < JOBS; j++) MUST(uv_queue_work(&loop, &jobs[j], work, done));
    for (int end = called + JOBS; called < end;) uv_run(&loop, run_mode);
  }
  say("%s: %d", what, called);
}

int main(void) {
  uv_idle_t idle;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_sem_init(&go, 0));
  rounds("asleep", UV_RUN_DEFAULT);
  rounds("one turn at a time", UV_RUN_ONCE);
  rounds("without waiting", UV_RUN_NOWAIT);
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_timer_start(&timer, ticks, 1, 1));
  rounds("with a timer", UV_RUN_ONCE);
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_idle_start(&idle, idles));
  rounds("with an idle handle", UV_RUN_ONCE);
  uv_close((uv_handle_t *) &idle, NULL);
  uv_close((uv_handle_t *) &timer, NULL);
  MUST(uv_run(&loop, UV_RUN_DEFAULT));
  say("close: %s", name(uv_loop_close(&loop)));
  return 0;
}
