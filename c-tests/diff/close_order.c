/* In which order are close callbacks called, across kinds and from inside? */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer, in_close, in_timer;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_async_t async;
static uv_tcp_t fresh, open_tcp, reading, listening;

static void quiet_timer(uv_timer_t *t) { (void) t; }
static void quiet_idle(uv_idle_t *t) { (void) t; }
static void quiet_prepare(uv_prepare_t *t) { (void) t; }
static void quiet_check(uv_check_t *t) { (void) t; }
static void quiet_async(uv_async_t *t) { (void) t; }
static void quiet_connection(uv_stream_t *s, int status) {
  (void) s;
  (void) status;
}

static void closed_and_close(uv_handle_t *h) {
  closed(h);
  say("  closing another in here");
  uv_close(H(&in_close), closed);
}
static void closing_timer(uv_timer_t *t) {
  say("timer closes two");
  uv_close(H(t), closed);
  uv_close(H(&in_timer), closed);
}

int main(void) {
  int peers[2];
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_timer_init(&loop, &in_close));
  MUST(uv_timer_init(&loop, &in_timer));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_async_init(&loop, &async, quiet_async));
  MUST(uv_tcp_init(&loop, &fresh));
  peers[0] = tcp_with_peer(&loop, &open_tcp);
  peers[1] = tcp_with_peer(&loop, &reading);
  tcp_listener(&loop, &listening, quiet_connection);
  in_close.data = "timer closed in a close callback";
  in_timer.data = "timer closed in a timer callback";
  fresh.data = "fresh tcp";
  open_tcp.data = "open tcp";
  reading.data = "reading tcp";
  listening.data = "listening tcp";
  MUST(uv_timer_start(&timer, quiet_timer, 1, 0));
  MUST(uv_idle_start(&idle, quiet_idle));
  MUST(uv_prepare_start(&prepare, quiet_prepare));
  MUST(uv_check_start(&check, quiet_check));
  MUST(uv_read_start(S(&reading), alloc_static, read_say));

  CLOSE(&idle);
  CLOSE(&open_tcp);
  uv_close(H(&timer), closed_and_close);
  CLOSE(&prepare);
  CLOSE(&async);
  CLOSE(&listening);
  CLOSE(&fresh);
  CLOSE(&check);
  CLOSE(&reading);
  say("closing %d %d, active %d %d", uv_is_closing(H(&idle)),
      uv_is_closing(H(&in_timer)), uv_is_active(H(&idle)),
      uv_is_active(H(&listening)));
  TRY(uv_loop_close(&loop));
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_ONCE);
  peer_sees(peers[0], 10);
  peer_sees(peers[1], 10);
  close(peers[0]);
  close(peers[1]);

  say("from a timer; null close callbacks");
  MUST(uv_timer_init(&loop, &timer));
  timer.data = "timer";
  MUST(uv_timer_start(&timer, closing_timer, 0, 0));
  MUST(uv_timer_init(&loop, &in_close));
  uv_close(H(&in_close), NULL);
  run(&loop, UV_RUN_DEFAULT);
  say("closed: %d", uv_is_closing(H(&in_close)));
  return finish(&loop);
}
