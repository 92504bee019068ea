/* Forks while other threads submit and cancel work on loops of their own, so that some of
 * them are inside the pool: each child has a pool that works. */
#include "trace.h"

enum { THREADS = 3, CHILDREN = 60 };

static int stop, bad;

static void work(uv_work_t *r) { (void) r; }
static void done(uv_work_t *r, int status) {
  (void) status;
  r->data = NULL;
}
static void submit(void *arg) {
  uv_work_t works[8];
  uv_loop_t own;
  int i;
  (void) arg;
  MUST(uv_loop_init(&own));
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    for (i = 0; i < COUNT(works); i++) {
      works[i].data = &own;
      MUST(uv_queue_work(&own, &works[i], work, done));
      if (i % 2) uv_cancel((uv_req_t *) &works[i]);
    }
    uv_run(&own, UV_RUN_DEFAULT);
  }
  MUST(uv_loop_close(&own));
}
static void child(void) {
  uv_work_t works[4];
  uv_loop_t own;
  int i;
  alarm(20);
  if (uv_loop_init(&own)) _exit(1);
  for (i = 0; i < COUNT(works); i++) {
    works[i].data = &own;
    if (uv_queue_work(&own, &works[i], work, done)) _exit(2);
  }
  uv_run(&own, UV_RUN_DEFAULT);
  for (i = 0; i < COUNT(works); i++)
    if (works[i].data) _exit(3);
  _exit(uv_loop_close(&own) ? 4 : 0);
}

int main(void) {
  uv_thread_t threads[THREADS];
  int i, status;
  begin();
  for (i = 0; i < THREADS; i++) MUST(uv_thread_create(&threads[i], submit, NULL));
  fflush(stdout);
  for (i = 0; i < CHILDREN; i++) {
    pid_t pid = fork();
    SYS(pid);
    if (pid == 0) child();
    SYS(waitpid(pid, &status, 0));
    if (status) bad++;
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  for (i = 0; i < THREADS; i++) MUST(uv_thread_join(&threads[i]));
  say("%d of %d children had a pool that did not work", bad, CHILDREN);
  return 0;
}
