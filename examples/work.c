/* A computation on a thread of the pool, while the loop goes on.
 *
 * Prints:
 *   832040 is fib(30)
 *   the loop was free meanwhile
 */
#include <stdio.h>
#include <uv.h>

typedef struct {
  uv_work_t req;
  int n;
  long result;
} job;

static uv_idle_t idle;
static long turns;

static long fib(int n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

/* Runs on a thread of the pool: it must not touch the loop or its handles. */
static void compute(uv_work_t* req) {
  job* j = (job*) req;
  j->result = fib(j->n);
}

/* Runs on the loop's thread. status is UV_ECANCELED after uv_cancel. */
static void computed(uv_work_t* req, int status) {
  job* j = (job*) req;
  if (status == 0)
    printf("%ld is fib(%d)\n", j->result, j->n);
  uv_close((uv_handle_t*) &idle, NULL);
}

static void on_idle(uv_idle_t* handle) {
  (void) handle;
  turns++; /* an active idle handle keeps the loop from waiting: it spins */
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  job j = {.n = 30};
  uv_idle_init(loop, &idle);
  uv_idle_start(&idle, on_idle);
  uv_queue_work(loop, &j.req, compute, computed);
  uv_run(loop, UV_RUN_DEFAULT);
  if (turns > 0)
    puts("the loop was free meanwhile");
  return uv_loop_close(loop);
}
