/* UV_EBUSY after uv_run returned 0: handles that are stopped or unreferenced do not keep
 * the loop running, but they are still its handles until they are closed. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t stopped, unreferenced;

static void never(uv_timer_t *t) {
  (void) t;
  say("never called");
}

static void count(uv_handle_t *h, void *arg) {
  ++*(int *) arg;
  say("  walk finds a %s: %s, %s", uv_handle_type_name(h->type),
      uv_is_active(h) ? "active" : "not active", uv_has_ref(h) ? "referenced" : "not referenced");
}

static void close_it(uv_handle_t *h, void *arg) {
  (void) arg;
  if (!uv_is_closing(h)) uv_close(h, closed);
}

int main(void) {
  int handles = 0;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &stopped));
  MUST(uv_timer_start(&stopped, never, 60000, 0));
  MUST(uv_timer_stop(&stopped));
  MUST(uv_timer_init(&loop, &unreferenced));
  MUST(uv_timer_start(&unreferenced, never, 60000, 0));
  uv_unref(H(&unreferenced));
  say("nothing keeps the loop running");
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_loop_alive(&loop));
  TRY(uv_loop_close(&loop));
  uv_walk(&loop, count, &handles);
  say("  %d handles", handles);
  say("close what a walk finds, and run until the close callbacks have run");
  uv_walk(&loop, close_it, NULL);
  TRY(uv_loop_close(&loop));
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
