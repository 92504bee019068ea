/* Ending uv_run from another thread: uv_async_send to a handle whose callback calls
 * uv_stop. uv_stop itself belongs to the loop's thread and would not end its wait. */
#include "trace.h"

static uv_loop_t loop;
static uv_async_t stopper;
static uv_timer_t far;

static void on_stop(uv_async_t *h) {
  say("  asked to stop");
  uv_stop(h->loop);
}

static void never(uv_timer_t *t) {
  (void) t;
  say("never called");
}

static void other_thread(void *arg) {
  (void) arg;
  uv_async_send(&stopper);
}

int main(void) {
  uv_thread_t thread;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &stopper, on_stop));
  MUST(uv_timer_init(&loop, &far));
  MUST(uv_timer_start(&far, never, 60000, 0));
  MUST(uv_thread_create(&thread, other_thread, NULL));
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_thread_join(&thread));
  say("the handles are as they were");
  TRY(uv_is_active(H(&far)));
  TRY(uv_is_active(H(&stopper)));
  close_all(&loop);
  return finish(&loop);
}
