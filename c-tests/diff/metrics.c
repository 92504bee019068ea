/* uv_metrics_info and uv_metrics_idle_time. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_tcp_t t;
static uv_prepare_t prepare;

static void metrics(const char *when) {
  uv_metrics_t m;
  memset(&m, 0xee, sizeof m);
  if (uv_metrics_info(&loop, &m) != 0) say("failed");
  say("%s: turns %d, events %d, waiting %d", when, (int) m.loop_count,
      (int) m.events, (int) m.events_waiting);
}
static void on_timer(uv_timer_t *h) { (void) h; metrics("in timer"); }
static void on_prepare(uv_prepare_t *h) { (void) h; metrics("in prepare"); }

int main(void) {
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  metrics("new");
  run(&loop, UV_RUN_DEFAULT);
  run(&loop, UV_RUN_NOWAIT);
  metrics("empty runs");
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_timer_start(&timer, on_timer, 30, 0));
  run(&loop, UV_RUN_DEFAULT);
  metrics("after a timer");
  say("idle time not asked for: %d", uv_metrics_idle_time(&loop) == 0);
  TRY(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME));
  MUST(uv_timer_start(&timer, on_timer, 30, 0));
  run(&loop, UV_RUN_DEFAULT);
  say("idle time asked for: %d", uv_metrics_idle_time(&loop) > 20 * 1000 * 1000);
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_prepare_start(&prepare, on_prepare));
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_say));
  run(&loop, UV_RUN_NOWAIT);
  metrics("no data");
  put(peer, "x");
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_ONCE);
  metrics("data");
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
