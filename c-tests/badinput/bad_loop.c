/* Bad input to the loop's and the handles' calls. */
#include "trace.h"

static uv_loop_t loop;
static void on_timer(uv_timer_t *t) { (void) t; }
static void on_idle(uv_idle_t *t) { (void) t; }
static void on_prepare(uv_prepare_t *t) { (void) t; }
static void on_check(uv_check_t *t) { (void) t; }

int main(void) {
  static uv_timer_t timer;
  static uv_idle_t idle;
  static uv_prepare_t prepare;
  static uv_check_t check;
  static uv_tcp_t tcp;
  uv_os_fd_t fd;
  int i, v;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_tcp_init(&loop, &tcp));
  say("null callbacks, started or not");
  TRY(uv_timer_start(&timer, NULL, 1, 1));
  TRY(uv_idle_start(&idle, NULL));
  TRY(uv_prepare_start(&prepare, NULL));
  TRY(uv_check_start(&check, NULL));
  TRY(uv_timer_start(&timer, on_timer, 1000, 0));
  TRY(uv_idle_start(&idle, on_idle));
  TRY(uv_prepare_start(&prepare, on_prepare));
  TRY(uv_check_start(&check, on_check));
  TRY(uv_timer_start(&timer, NULL, 1, 1));
  TRY(uv_idle_start(&idle, NULL));
  TRY(uv_prepare_start(&prepare, NULL));
  TRY(uv_check_start(&check, NULL));
  say("active %d %d %d %d", uv_is_active(H(&timer)), uv_is_active(H(&idle)),
      uv_is_active(H(&prepare)), uv_is_active(H(&check)));
  run(&loop, UV_RUN_NOWAIT);
  say("closing");
  CLOSE(&timer);
  CLOSE(&idle);
  CLOSE(&prepare);
  CLOSE(&check);
  TRY(uv_timer_start(&timer, on_timer, 1, 1));
  TRY(uv_timer_again(&timer));
  TRY(uv_timer_stop(&timer));
  TRY(uv_idle_stop(&idle));
  TRY(uv_prepare_stop(&prepare));
  TRY(uv_check_stop(&check));
  uv_ref(H(&idle));
  uv_unref(H(&check));
  run(&loop, UV_RUN_NOWAIT);
  say("closed ones");
  TRY(uv_timer_stop(&timer));
  TRY(uv_idle_stop(&idle));
  TRY(uv_is_closing(H(&timer)));
  TRY(uv_is_active(H(&timer)));
  TRY(uv_fileno(H(&timer), &fd));
  v = 5;
  TRY(uv_send_buffer_size(H(&timer), &v));
  TRY(uv_send_buffer_size(H(&tcp), NULL));
  TRY(uv_recv_buffer_size(NULL, NULL));
  v = -1;
  TRY(uv_send_buffer_size(H(&tcp), &v));
  say("configure");
  for (i = -3; i < 40; i++)
    if (i < 0 || i > 2) say("%d: %s", i, name(uv_loop_configure(&loop, (uv_loop_option) i, i)));
  for (i = -1; i < 66; i++)
    if (i != SIGPROF)
      say("block %d: %s", i, name(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, i)));
  TRY(uv_loop_close(&loop));
  close_all(&loop);
  say("flags of init");
  for (i = 0; i < 1024; i += 1) {
    int r = uv_tcp_init_ex(&loop, &tcp, (unsigned) i);
    if (r == 0) {
      say("%d is taken", i);
      uv_close(H(&tcp), NULL);
      uv_run(&loop, UV_RUN_NOWAIT);
    } else if (r != UV_EINVAL) {
      say("%d: %s", i, name(r));
    }
  }
  return finish(&loop);
}
