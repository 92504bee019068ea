/* A main loop of 60 frames a second that gives the rest of each frame to libuv.
 *
 * With libuv-rs the loop waits by itself, for no longer than the rest of the frame:
 * uvx_run_for. The function is looked up, so that the same program runs on libuv, where it
 * waits for the loop's descriptor instead.
 *
 * Prints:
 *   6 frames in about a tenth of a second
 *   the timer ticked meanwhile
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <uv.h>

#if defined(__has_include)
# if __has_include(<uvx.h>)
#  include <uvx.h>
# endif
#endif

typedef int (*run_for_fn)(uv_loop_t*, uint64_t nanoseconds);

static int ticks;

static void on_tick(uv_timer_t* timer) {
  (void) timer;
  ticks++;
}

/* What uvx_run_for does, in whole milliseconds. */
static int wait_and_run(uv_loop_t* loop, uint64_t nanoseconds) {
  struct pollfd loop_fd = {.fd = uv_backend_fd(loop), .events = POLLIN};
  int rest = (int) (nanoseconds / 1000000), timeout = uv_backend_timeout(loop);
  poll(&loop_fd, 1, timeout < 0 || timeout > rest ? rest : timeout);
  return uv_run(loop, UV_RUN_NOWAIT);
}

int main(void) {
  const uint64_t frame = 1000000000 / 60;
  uv_loop_t* loop = uv_default_loop();
  uv_timer_t timer;
  uint64_t begun = uv_hrtime();
  void* found = dlsym(RTLD_DEFAULT, "uvx_run_for");
  run_for_fn run_for = found != NULL ? (run_for_fn) found : wait_and_run;
  uv_timer_init(loop, &timer);
  uv_timer_start(&timer, on_tick, 1, 5);
  for (int frames = 1; frames <= 6; frames++) {
    /* ... draw the frame ... */
    uint64_t end = begun + frames * frame, now;
    while ((now = uv_hrtime()) < end)
      run_for(loop, end - now); /* what happens meanwhile is served at once */
  }
  uint64_t took = (uv_hrtime() - begun) / 1000000;
  if (took >= 100 && took < 1000)
    puts("6 frames in about a tenth of a second");
  if (ticks > 1)
    puts("the timer ticked meanwhile");
  uv_close((uv_handle_t*) &timer, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}
