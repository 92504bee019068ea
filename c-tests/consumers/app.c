/* What a small C program does with libuv: a loop, a timer, a name for an error. */
#include <stdio.h>
#include <string.h>
#include <uv.h>

static void on_timer(uv_timer_t* timer) {
  *(int*) timer->data += 1;
  uv_close((uv_handle_t*) timer, NULL);
}

int main(void) {
  uv_loop_t loop;
  uv_timer_t timer;
  int fired = 0;

  if (uv_loop_init(&loop) != 0 || uv_timer_init(&loop, &timer) != 0)
    return 1;
  timer.data = &fired;
  if (uv_timer_start(&timer, on_timer, 1, 0) != 0)
    return 2;
  if (uv_run(&loop, UV_RUN_DEFAULT) != 0 || uv_loop_close(&loop) != 0 || fired != 1)
    return 3;
  if (uv_version() != UV_VERSION_HEX || strcmp(uv_err_name(UV_EOF), "EOF") != 0)
    return 4;
  printf("C on libuv %s\n", uv_version_string());
  return 0;
}
