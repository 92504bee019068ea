/* Work for the pool, some of it cancelled, and a message from each job. */
#include "../scenario.h"

enum { JOBS = 6 };

static uv_work_t reqs[JOBS];
static uv_async_t async;
static int ran[JOBS], told, cancelled, expected;
static uv_sem_t may_go;
static _Atomic int sends;

static void job(uv_work_t *req) {
  if (req == &reqs[0]) uv_sem_wait(&may_go);
  ran[req - reqs]++;
  sends++;
  uv_async_send(&async);
}

static void on_async(uv_async_t *handle) { (void)handle; }

static void on_done(uv_work_t *req, int status) {
  int which = (int)(req - reqs);
  if (status == UV_ECANCELED) {
    came(req, 0);
    cancelled++;
    CHECK(!ran[which], "a job that was cancelled ran");
  } else {
    CHECK(came(req, status) < 0 || ran[which] == 1, "a job ran %d times", ran[which]);
  }
  if (++told == expected) give_up();
}

void scenario(void) {
  int queued = 0, removed = 0;
  if (!begin()) return;
  if (TRY(uv_sem_init(&may_go, 0))) return finish();
  if (TRY(uv_async_init(&loop, &async, on_async)) == 0) {
    for (; queued < JOBS; queued++) {
      if (TRY(uv_queue_work(&loop, &reqs[queued], job, on_done))) break;
      sent(&reqs[queued], "uv_queue_work");
    }
  }
  for (int i = queued - 1; i > 0; i--) {
    int result = uv_cancel((uv_req_t *)&reqs[i]);
    CHECK(result == 0 || result == UV_EBUSY, "uv_cancel: %d", result);
    removed += result == 0;
  }
  uv_sem_post(&may_go);
  /* The jobs use the async handle: it is closed when they are done. */
  expected = queued;
  if (!queued) give_up();
  finish();
  uv_sem_destroy(&may_go);
  CHECK(cancelled == removed, "%d cancelled, %d told", removed, cancelled);
}
