/* A timer that is stopped, initialised again and started, without uv_close(), as programs
 * do that keep one timer for each request.
 *
 * libuv 1.53.0: works, as a stopped timer is not among the loop's timers. The list of all
 *   handles is damaged: uv_walk() and uv_loop_close() may not end afterwards.
 * right: uv_run() ends after 200 restarts of a time-out of 50 ms and one time-out; and so
 *   it does when a started timer is initialised again, which libuv leaves undefined: the
 *   timer is called once for each start or not at all, and uv_run(UV_RUN_NOWAIT) returns.
 */
#include "check.h"

enum { MANY = 2000 };

static uv_loop_t loop, second;
static uv_timer_t timeout, drive, many[MANY];
static int restarts, fired;

static void on_timeout(uv_timer_t *t) {
  (void) t;
  fired++;
}

static void restart(uv_timer_t *t) {
  uv_timer_stop(&timeout);
  uv_timer_init(&loop, &timeout);
  uv_timer_start(&timeout, on_timeout, 50, 0);
  if (++restarts == 200) uv_timer_stop(t);
}

static void stopped(void) {
  uv_loop_init(&loop);
  uv_timer_init(&loop, &timeout);
  uv_timer_init(&loop, &drive);
  uv_timer_start(&drive, restart, 1, 1);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(restarts == 200, "%d restarts, not 200", restarts);
  /* More than one only where the machine stood still for 50 ms. */
  CHECK(fired >= 1 && fired < 20, "%d time-outs", fired);
}

static void started(int number) {
  int i, round, starts = 0;
  fired = 0;
  uv_loop_init(&second);
  for (round = 0; round < 4; round++)
    for (i = 0; i < number; i++) {
      uv_timer_init(&second, &many[i]);
      uv_timer_start(&many[i], on_timeout, (uint64_t) ((i + round) % 7), 0);
      starts++;
    }
  usleep(20000);
  for (i = 0; i < 3; i++) uv_run(&second, UV_RUN_NOWAIT);
  CHECK(fired >= number && fired <= starts, "%d timers, %d calls, %d starts", number, fired,
        starts);
}

int main(void) {
  deadline(20, "uv_run does not end");
  stopped();
  started(2);
  started(40);
  started(MANY);
  _exit(0);
}
