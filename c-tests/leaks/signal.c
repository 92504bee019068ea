/* Starts watching a signal, gets it, and stops. */
#include "rounds.h"

#include <signal.h>

static uv_signal_t watcher;
static int caught;

static void on_signal(uv_signal_t* handle, int number) {
  CHECK(number == SIGUSR1);
  caught++;
  CHECK(uv_signal_stop(handle) == 0);
  uv_close((uv_handle_t*) handle, NULL);
}

static void set_up(uv_loop_t* loop) {
  (void) loop;
}

static void one_round(uv_loop_t* loop) {
  int before = caught;
  CHECK(uv_signal_init(loop, &watcher) == 0);
  CHECK(uv_signal_start(&watcher, on_signal, SIGUSR1) == 0);
  CHECK(uv_kill(uv_os_getpid(), SIGUSR1) == 0);
  CHECK(uv_run(loop, UV_RUN_DEFAULT) == 0);
  CHECK(caught == before + 1);
}
