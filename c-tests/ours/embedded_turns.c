/* A loop that is embedded by uv_backend_fd() and only has jobs in the thread pool, on one
 * processor: the worker that makes the descriptor readable may be interrupted by the thread
 * that polls it, between its two steps.
 *
 * libuv 1.53.0: a turn or two for each job.
 * right: the same. A descriptor that stays readable though the loop has seen to all of it
 * made the embedder take a hundred turns for each.
 */
#include "check.h"
#include <poll.h>


#define JOBS 30

static uv_loop_t loop;
static uv_work_t job;
static int done_;

static void work(uv_work_t *req) {
  (void)req;
  usleep(10000);
}

static void done(uv_work_t *req, int status) {
  (void)status;
  if (++done_ < JOBS) uv_queue_work(&loop, req, work, done);
}

int main(void) {
  int turns = 0;
  cpu_set_t one;
  deadline(20, "hangs");
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init fails");
  struct pollfd backend = {uv_backend_fd(&loop), POLLIN, 0};
  CHECK(uv_queue_work(&loop, &job, work, done) == 0, "uv_queue_work fails");
  while (uv_loop_alive(&loop)) {
    int timeout = uv_backend_timeout(&loop);
    poll(&backend, 1, timeout < 0 ? 1000 : timeout);
    uv_run(&loop, UV_RUN_NOWAIT);
    turns++;
  }
  CHECK(turns <= 10 * JOBS, "%d turns for %d jobs", turns, JOBS);
  CHECK(uv_loop_close(&loop) == 0, "the loop cannot be closed");
  return 0;
}
