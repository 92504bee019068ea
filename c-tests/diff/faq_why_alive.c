/* What keeps a loop alive: a walk over its handles tells which are active and referenced;
 * requests under way are counted by uv_loop_alive and belong to their handles. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_async_t async;
static uv_idle_t idle;
static uv_tcp_t reader;

static void never(uv_timer_t *t) { (void) t; }

static void tell(uv_handle_t *h, void *arg) {
  (void) arg;
  if (uv_is_active(h) && uv_has_ref(h) && !uv_is_closing(h))
    say("  kept alive by %s", label(h));
}

int main(void) {
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  timer.data = (void *) "a timer";
  async.data = (void *) "an async handle, which is active until it is closed";
  idle.data = (void *) "an idle handle";
  reader.data = (void *) "a stream that reads";
  peer = tcp_with_peer(&loop, &reader);
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_async_init(&loop, &async, NULL));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_read_start(S(&reader), alloc_static, read_say));
  MUST(uv_timer_start(&timer, never, 60000, 0));
  TRY(uv_loop_alive(&loop));
  uv_walk(&loop, tell, NULL);
  say("the reader stops, the async handle is unreferenced");
  MUST(uv_read_stop(S(&reader)));
  uv_unref(H(&async));
  uv_walk(&loop, tell, NULL);
  say("the timer is stopped");
  MUST(uv_timer_stop(&timer));
  uv_walk(&loop, tell, NULL);
  TRY(uv_loop_alive(&loop));
  close_all(&loop);
  close(peer);
  return finish(&loop);
}
