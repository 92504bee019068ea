/* The pool and the loop: callbacks never from within the call, never after
 * uv_stop's turn too early, what keeps the loop alive, events counted; several loops. */
#include "files.h"

static uv_loop_t loop, other;
static uv_work_t reqs[20], one;
static int inside, called;

static void work(uv_work_t *r) {
  (void) r;
}
static void done(uv_work_t *r, int status) {
  if (inside) say("called from within the call");
  called++;
  if (status) say("%s", name(status));
  if (r == &one) say("callback on the loop it was given: %d", r->loop == &other);
}
static void again(uv_work_t *r, int status) {
  (void) status;
  if (++called < 5) {
    inside = 1;
    MUST(uv_queue_work(r->loop, r, work, again));
    inside = 0;
  }
}

int main(void) {
  uv_metrics_t m;
  unsigned i;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_loop_init(&other));
  inside = 1;
  for (i = 0; i < 20; i++) MUST(uv_queue_work(&loop, &reqs[i], work, done));
  inside = 0;
  say("alive %d, called %d", uv_loop_alive(&loop), called);
  MUST(uv_queue_work(&other, &one, work, done));
  say("close -> %s", name(uv_loop_close(&other)));
  run(&other, UV_RUN_DEFAULT);
  run(&loop, UV_RUN_DEFAULT);
  say("called %d, alive %d", called, uv_loop_alive(&loop));
  MUST(uv_metrics_info(&loop, &m));
  say("events %lu", (unsigned long) m.events);

  called = 0;
  MUST(uv_queue_work(&loop, &reqs[0], work, again));
  run(&loop, UV_RUN_DEFAULT);
  say("in a chain %d", called);
  MUST(uv_loop_close(&other));
  return finish(&loop);
}
