/* In which order do the phases of a turn come, in each run mode? */
#include "trace.h"

static uv_timer_t timer;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_tcp_t tcp;
static uv_async_t async;
static uv_write_t write_req;
static int turns;

static void on_timer(uv_timer_t *t) { (void) t; say("  timer"); }
static void on_idle(uv_idle_t *i) { (void) i; say("  idle"); }
static void on_prepare(uv_prepare_t *p) { (void) p; say("  prepare"); }
static void on_check(uv_check_t *c) {
  say("  check");
  if (++turns == 3) uv_stop(c->loop);
}
static void on_async(uv_async_t *a) { (void) a; say("  async (poll)"); }
static void on_write(uv_write_t *r, int status) {
  (void) r;
  say("  written: %s", name(status));
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  (void) b;
  say("  read (poll): %s", name(n));
}
static void on_close(uv_handle_t *h) {
  say("  closed %s", uv_handle_type_name(h->type));
}

int main(void) {
  uv_loop_t loop;
  uv_buf_t buf = text_buf("x");
  static uv_tcp_t extra;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_async_init(&loop, &async, on_async));
  peer = tcp_with_peer(&loop, &tcp);
  MUST(uv_check_start(&check, on_check));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_idle_start(&idle, on_idle));

  say("nothing due");
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_ONCE);

  say("a zero timer, an async, data, a finished write, a closing handle");
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  MUST(uv_read_start(S(&tcp), alloc_static, on_read));
  put(peer, "data");
  settle_handle(&tcp, POLLIN);
  MUST(uv_write(&write_req, S(&tcp), &buf, 1, on_write));
  MUST(uv_tcp_init(&loop, &extra));
  uv_close(H(&extra), on_close);
  run(&loop, UV_RUN_NOWAIT);
  say("async alone");
  MUST(uv_async_send(&async));
  run(&loop, UV_RUN_NOWAIT);

  say("until stopped, with idle: the poll does not block");
  turns = 0;
  run(&loop, UV_RUN_DEFAULT);

  say("the timer fires after the poll in once and nowait");
  uv_idle_stop(&idle);
  MUST(uv_timer_start(&timer, on_timer, 1, 0));
  run(&loop, UV_RUN_ONCE);
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  run(&loop, UV_RUN_NOWAIT);

  say("and in default");
  uv_read_stop(S(&tcp));
  uv_close(H(&check), on_close);
  uv_close(H(&async), on_close);
  uv_unref(H(&prepare));
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_timer_start(&timer, on_timer, 60, 0));
  run(&loop, UV_RUN_DEFAULT);
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
