/* uv_metrics_info() of a loop that does nothing but jobs, four at a time: events that are
 * ready when a poll that may wait begins do not count as waiting. */
#include "trace.h"

static uv_loop_t loop;
static uv_work_t jobs[4];
static int left, rounds = 500;

static void work(uv_work_t *req) { (void)req; }

static void submit(void);

static void done(uv_work_t *req, int status) {
  (void)req, (void)status;
  if (--left == 0 && --rounds > 0) submit();
}

static void submit(void) {
  left = 4;
  for (int i = 0; i < 4; i++) uv_queue_work(&loop, &jobs[i], work, done);
}

int main(void) {
  uv_metrics_t metrics;
  begin();
  MUST(uv_loop_init(&loop));
  submit();
  uv_run(&loop, UV_RUN_DEFAULT);
  MUST(uv_metrics_info(&loop, &metrics));
  say("at least as many events as jobs: %d", metrics.events >= 4 * 500);
  say("events that waited: %d", (int)metrics.events_waiting);
  return finish(&loop);
}
