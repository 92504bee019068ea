/* What keeps a loop alive: references, activity, requests, closing. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_idle_t idle;
static uv_async_t async;
static uv_tcp_t tcp;
static uv_write_t w;

static void on_timer(uv_timer_t *t) { (void) t; say("  timer"); }
static void on_idle(uv_idle_t *i) {
  say("  idle");
  uv_idle_stop(i);
}
static void on_async(uv_async_t *a) { (void) a; say("  async"); }
static void on_write(uv_write_t *r, int status) {
  (void) r;
  say("  written %s", name(status));
}
static void state(const char *when) {
  say("%s: alive %d, timeout %d, handles %u, reqs %u", when,
      uv_loop_alive(&loop), uv_backend_timeout(&loop) > 0 ? 1 : uv_backend_timeout(&loop),
      loop.active_handles, loop.active_reqs.count);
}
static void about(const char *who, void *h) {
  say("  %s: active %d, ref %d, closing %d", who, uv_is_active(h), uv_has_ref(h),
      uv_is_closing(h));
}

int main(void) {
  uv_buf_t x = text_buf("x");
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  state("empty");
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_idle_start(&idle, on_idle));
  say("a first turn: from here on a timeout of 0 means something");
  run(&loop, UV_RUN_NOWAIT);
  uv_close(H(&idle), NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_idle_init(&loop, &idle));
  state("two, not active");
  about("timer", &timer);
  uv_unref(H(&timer));
  uv_unref(H(&timer));
  about("timer unreferenced", &timer);
  MUST(uv_timer_start(&timer, on_timer, 10000, 0));
  about("started", &timer);
  state("unreferenced timer");
  run(&loop, UV_RUN_DEFAULT);
  uv_ref(H(&timer));
  uv_ref(H(&timer));
  state("referenced again");
  uv_timer_stop(&timer);
  state("stopped");
  uv_unref(H(&timer));
  MUST(uv_timer_start(&timer, on_timer, 1, 0));
  MUST(uv_idle_start(&idle, on_idle));
  uv_sleep(5);
  say("an unreferenced timer still fires while another keeps the loop alive");
  run(&loop, UV_RUN_DEFAULT);
  uv_ref(H(&timer));

  say("async");
  MUST(uv_async_init(&loop, &async, on_async));
  about("async", &async);
  state("async");
  uv_unref(H(&async));
  state("async unreferenced");
  MUST(uv_async_send(&async));
  run(&loop, UV_RUN_DEFAULT);
  run(&loop, UV_RUN_NOWAIT);

  say("a request keeps it alive even when its handle is unreferenced");
  peer = tcp_with_peer(&loop, &tcp);
  MUST(uv_read_start(S(&tcp), alloc_static, read_say));
  state("reading");
  uv_unref(H(&tcp));
  state("unreferenced");
  MUST(uv_write(&w, S(&tcp), &x, 1, on_write));
  state("writing");
  run(&loop, UV_RUN_DEFAULT);
  state("written");
  uv_read_stop(S(&tcp));
  about("tcp", &tcp);

  say("closing");
  CLOSE(&timer);
  uv_unref(H(&timer));
  about("timer", &timer);
  state("closing");
  run(&loop, UV_RUN_DEFAULT);
  about("timer closed", &timer);
  state("closed");
  CLOSE(&tcp);
  CLOSE(&async);
  CLOSE(&idle);
  state("all closing, some unreferenced");
  run(&loop, UV_RUN_DEFAULT);
  close(peer);
  return finish(&loop);
}
