/* Ends in good order on SIGTERM, and reloads on SIGHUP.
 *
 * Prints:
 *   hang-up: reloading
 *   terminated: ending
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

static uv_signal_t hang_up, terminate;

/* Runs on the loop's thread and in its turn, not inside a signal handler: it
 * may call anything. */
static void on_hang_up(uv_signal_t* handle, int signum) {
  (void) handle, (void) signum;
  puts("hang-up: reloading");
  kill(getpid(), SIGTERM);
}

static void on_terminate(uv_signal_t* handle, int signum) {
  (void) signum;
  puts("terminated: ending");
  uv_close((uv_handle_t*) handle, NULL);
  uv_close((uv_handle_t*) &hang_up, NULL);
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  uv_signal_init(loop, &hang_up);
  uv_signal_init(loop, &terminate);
  uv_signal_start(&hang_up, on_hang_up, SIGHUP);
  uv_signal_start(&terminate, on_terminate, SIGTERM);
  kill(getpid(), SIGHUP); /* as a user at a terminal might */
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}
