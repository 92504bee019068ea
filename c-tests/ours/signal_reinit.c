/* A signal handle that is stopped, initialised again and started, without uv_close(),
 * while a signal that it caught is still to be delivered.
 *
 * libuv 1.53.0: works, as a stopped handle is not among those that watch (only the list of
 *   all handles suffers, so no uv_walk() or uv_loop_close() here).
 * right: uv_run() ends, no other handle loses a call, and the handle gets what comes later.
 */
#include "check.h"

static uv_loop_t loop;
/* Called in the order of their addresses: the one that stops them all is the last. */
static uv_signal_t handles[4];
#define again handles[1]
#define stays handles[3]
static uv_timer_t drive;
static int restarts, got, late;

static void on_late(uv_signal_t *h, int signum) {
  (void)h, (void)signum;
  late++;
}

static void on_signal(uv_signal_t *h, int signum) {
  (void)h, (void)signum;
  got++;
}

static void restart(uv_timer_t *t) {
  /* All that watch are owed a signal when they stop. */
  raise(SIGUSR1);
  for (int i = 0; i <= 2; i += 2) uv_signal_stop(&handles[i]);
  uv_signal_stop(&again);
  uv_signal_init(&loop, &again);
  uv_signal_start(&again, on_signal, SIGUSR1);
  for (int i = 0; i <= 2; i += 2) uv_signal_start(&handles[i], on_late, SIGUSR1);
  if (++restarts < 200) return;
  uv_timer_stop(t);
  raise(SIGUSR1);
}

static void on_stays(uv_signal_t *h, int signum) {
  (void)signum;
  /* One for each restart, and the last one. */
  if (late < 2 * 201) return;
  uv_signal_stop(h);
  uv_signal_stop(&again);
  for (int i = 0; i <= 2; i += 2) uv_signal_stop(&handles[i]);
}

int main(void) {
  deadline(10, "uv_run does not end");
  uv_loop_init(&loop);
  uv_signal_init(&loop, &handles[0]);
  uv_signal_init(&loop, &again);
  uv_signal_init(&loop, &handles[2]);
  uv_signal_init(&loop, &stays);
  uv_timer_init(&loop, &drive);
  uv_signal_start(&again, on_signal, SIGUSR1);
  for (int i = 0; i <= 2; i += 2) uv_signal_start(&handles[i], on_late, SIGUSR1);
  uv_signal_start(&stays, on_stays, SIGUSR1);
  uv_timer_start(&drive, restart, 1, 1);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(restarts == 200, "%d restarts", restarts);
  CHECK(late == 2 * 201, "%d calls of those that were only stopped", late);
  CHECK(got >= 1, "the last signal did not arrive");
  _exit(0);
}
