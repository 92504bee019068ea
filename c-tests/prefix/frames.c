/* A program to be looked at with gdb, perf and valgrind: what it does, it does in the library. The
 * argument is how often its timers fire. The loop is not closed, so that its memory is reported. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static uv_loop_t loop;
static uv_timer_t timers[100];
static long left;

static void on_timer(uv_timer_t* timer) {
  if (--left <= 0)
    uv_stop(&loop);
  else
    uv_timer_start(timer, on_timer, 0, 0);
}

int main(int argc, char** argv) {
  int i;

  left = argc > 1 ? atol(argv[1]) : 1;
  if (uv_loop_init(&loop) != 0)
    return 1;
  for (i = 0; i < 100; i++) {
    uv_timer_init(&loop, &timers[i]);
    uv_timer_start(&timers[i], on_timer, 0, 0);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  puts("done");
  return 0;
}
