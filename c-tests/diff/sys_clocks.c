/* Clocks and sleep: bad arguments, agreement with the system's, interruptions. */
#include "trace.h"

#include <time.h>

static int signals;
static void on_signal(int s) {
  (void) s;
  signals++;
}

int main(void) {
  uv_timespec64_t a, b;
  uv_timeval64_t tv;
  struct timespec ts;
  struct sigaction action;
  uint64_t before, after;

  begin();
  TRY(uv_clock_gettime(UV_CLOCK_MONOTONIC, NULL));
  TRY(uv_clock_gettime((uv_clock_id) 1337, NULL));
  TRY(uv_clock_gettime((uv_clock_id) 1337, &a));
  TRY(uv_clock_gettime((uv_clock_id) -1, &a));
  TRY(uv_clock_gettime(UV_CLOCK_MONOTONIC, &a));
  SYS(clock_gettime(CLOCK_MONOTONIC, &ts));
  say("monotonic %d", ts.tv_sec - a.tv_sec >= 0 && ts.tv_sec - a.tv_sec < 5 &&
                          a.tv_nsec >= 0 && a.tv_nsec < 1000000000);
  TRY(uv_clock_gettime(UV_CLOCK_REALTIME, &b));
  say("realtime %d", labs((long) (time(NULL) - b.tv_sec)) < 5 &&
                         b.tv_nsec >= 0 && b.tv_nsec < 1000000000);
  before = uv_hrtime();
  SYS(clock_gettime(CLOCK_MONOTONIC, &ts));
  after = uv_hrtime();
  say("hrtime %d",
      before <= (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec &&
          after >= (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec);
  TRY(uv_gettimeofday(NULL));
  TRY(uv_gettimeofday(&tv));
  say("time of day %d", labs((long) (time(NULL) - tv.tv_sec)) < 5 &&
                            tv.tv_usec >= 0 && tv.tv_usec < 1000000);

  uv_sleep(0);
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  SYS(sigaction(SIGUSR2, &action, NULL));
  {
    /* a timer of its own, so that the trace's alarm is left alone */
    timer_t timer;
    struct sigevent ev;
    struct itimerspec every;
    memset(&ev, 0, sizeof ev);
    ev.sigev_notify = SIGEV_SIGNAL;
    ev.sigev_signo = SIGUSR2;
    SYS(timer_create(CLOCK_MONOTONIC, &ev, &timer));
    memset(&every, 0, sizeof every);
    every.it_value.tv_nsec = every.it_interval.tv_nsec = 5000000;
    before = uv_hrtime();
    SYS(timer_settime(timer, 0, &every, NULL));
    uv_sleep(60);
    after = uv_hrtime();
    SYS(timer_delete(timer));
  }
  say("interrupted %d, and slept all of it %d", signals > 1,
      after - before >= 60000000u);
  leftovers();
  return 0;
}
