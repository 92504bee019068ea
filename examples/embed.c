/* The loop inside another main loop, which waits for it with poll(2).
 *
 * Prints:
 *   frame
 *   timer
 *   loop has nothing left to do
 */
#include <poll.h>
#include <stdio.h>
#include <uv.h>

static void on_timer(uv_timer_t* timer) {
  puts("timer");
  uv_close((uv_handle_t*) timer, NULL);
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  uv_timer_t timer;
  int frames = 0, alive = 1;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, on_timer, 50, 0);
  while (alive) {
    /* Readable when the loop has something to do. */
    struct pollfd loop_fd = {.fd = uv_backend_fd(loop), .events = POLLIN};
    int timeout = uv_backend_timeout(loop); /* in ms; -1: no timer */
    if (timeout < 0 || timeout > 16)
      timeout = 16; /* this main loop wants its own turn, say to draw a frame */
    poll(&loop_fd, 1, timeout);
    if (frames++ == 0)
      puts("frame");
    alive = uv_run(loop, UV_RUN_NOWAIT); /* whatever is due, without waiting */
  }
  puts("loop has nothing left to do");
  return uv_loop_close(loop);
}
