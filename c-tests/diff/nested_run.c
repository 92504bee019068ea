/* uv_run inside a callback is not allowed, and programs do it all the same: what was
 * ready together with the callback's handle is seen by the inner run, and handles of
 * a phase may stop each other from there. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t a, b;
static uv_idle_t idles[4];
static uv_prepare_t prepare;
static uv_check_t check;
static uv_timer_t timers[2];
static int seen, inner;

static void read_b(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  seen = 1;
  say_read("b", n, buf);
  uv_read_stop(s);
}

static void read_a(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  int i;
  say_read("a", n, buf);
  uv_read_stop(s);
  for (i = 0; i < 20 && !seen; i++) uv_run(&loop, UV_RUN_NOWAIT);
  say("the inner run saw b: %d", seen);
}

static void on_prepare(uv_prepare_t *h) {
  (void) h;
  say("prepare, inner %d", inner);
}

static void on_check(uv_check_t *h) {
  (void) h;
  say("check, inner %d", inner);
}

static void on_idle(uv_idle_t *h) {
  say("idle %d, inner %d", (int) (h - idles), inner);
  if (h != &idles[2] || inner) return;
  inner = 1;
  run(&loop, UV_RUN_NOWAIT);
  /* The one that would be next, and this one itself. */
  uv_idle_stop(&idles[1]);
  uv_idle_stop(h);
  run(&loop, UV_RUN_NOWAIT);
  inner = 0;
}

static void on_timer(uv_timer_t *h) {
  say("timer %d, inner %d", (int) (h - timers), inner);
  if (h != &timers[0] || inner) return;
  inner = 1;
  MUST(uv_timer_start(h, on_timer, 0, 0));
  run(&loop, UV_RUN_NOWAIT);
  inner = 0;
}

int main(void) {
  int i, to_a, to_b;
  begin();
  MUST(uv_loop_init(&loop));
  say("reading");
  to_a = tcp_with_peer(&loop, &a);
  to_b = tcp_with_peer(&loop, &b);
  MUST(uv_read_start(S(&a), alloc_static, read_a));
  MUST(uv_read_start(S(&b), alloc_static, read_b));
  put(to_a, "one");
  settle_handle(&a, POLLIN);
  put(to_b, "two");
  settle_handle(&b, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  close(to_a);
  close(to_b);

  say("phases");
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_check_start(&check, on_check));
  for (i = 0; i < COUNT(idles); i++) {
    MUST(uv_idle_init(&loop, &idles[i]));
    MUST(uv_idle_start(&idles[i], on_idle));
  }
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < COUNT(idles); i++) uv_idle_stop(&idles[i]);
  uv_check_stop(&check);
  uv_prepare_stop(&prepare);

  say("timers");
  for (i = 0; i < COUNT(timers); i++) {
    MUST(uv_timer_init(&loop, &timers[i]));
    MUST(uv_timer_start(&timers[i], on_timer, 0, 0));
  }
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  close_all(&loop);
  return finish(&loop);
}
