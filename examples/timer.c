/* A timer that repeats, and one that ends it.
 *
 * Build: cc timer.c $(pkg-config --cflags --libs libuv)
 *
 * Prints:
 *   tick 1
 *   tick 2
 *   tick 3
 *   done
 */
#include <stdio.h>
#include <uv.h>

static uv_timer_t ticker;
static uv_timer_t limit;
static int ticks;

static void on_tick(uv_timer_t* timer) {
  (void) timer;
  printf("tick %d\n", ++ticks);
}

static void on_limit(uv_timer_t* timer) {
  /* The loop ends when no handle is active, and its handles must be closed
   * before it is: uv_close also stops a timer. */
  uv_close((uv_handle_t*) &ticker, NULL);
  uv_close((uv_handle_t*) timer, NULL);
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  uv_timer_init(loop, &ticker);
  uv_timer_init(loop, &limit);
  uv_timer_start(&ticker, on_tick, 100, 100); /* first after 100 ms, then every 100 ms */
  uv_timer_start(&limit, on_limit, 350, 0);   /* once */
  uv_run(loop, UV_RUN_DEFAULT);
  puts("done");
  return uv_loop_close(loop);
}
