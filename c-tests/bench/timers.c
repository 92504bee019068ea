/* Timers: fire a great many; re-arm, repeat, stop and start among many live ones. */
#include "common.h"
#include <uv.h>

static uv_loop_t loop;
static uint64_t fired;

static void on_timer(uv_timer_t *t) { (void)t, fired++; }

static uv_timer_t *make(size_t n) {
  uv_timer_t *t = bench_alloc(n, sizeof *t);
  for (size_t i = 0; i < n; i++)
    BENCH_OK(uv_timer_init(&loop, &t[i]));
  return t;
}

/* Starts n timers at random deadlines within the time box and runs until all
 * have fired. An operation is one timer, from its start to its callback. */
static void fire(size_t n) {
  uv_timer_t *t = make(n);
  uint64_t within = bench_ms(), ops = 0;
  bench_begin();
  do {
    fired = 0;
    uv_update_time(&loop);
    for (size_t i = 0; i < n; i++)
      uv_timer_start(&t[i], on_timer, 1 + bench_rand() % within, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    if (fired != n)
      exit((fprintf(stderr, "%llu fired\n", (unsigned long long)fired), 1));
    ops += n;
  } while (!bench_over());
  bench_end("fire", ops);
}

enum change { REARM, AGAIN, STOP_START };

/* n live timers half a minute ahead, of which a random one is changed: the
 * pattern of an idle timeout that activity pushes back. */
static void change(size_t n, enum change what) {
  uv_timer_t *t = make(n);
  uint64_t ops = 0;
  for (size_t i = 0; i < n; i++)
    BENCH_OK(uv_timer_start(&t[i], on_timer, 30000 + bench_rand() % 30000,
                            what == AGAIN ? 30000 : 0));
  bench_begin();
  do {
    uv_update_time(&loop);
    for (int i = 0; i < 1024; i++, ops++) {
      uv_timer_t *one = &t[bench_rand() % n];
      if (what == AGAIN) {
        uv_timer_again(one);
      } else {
        if (what == STOP_START)
          uv_timer_stop(one);
        uv_timer_start(one, on_timer, 30000, 0);
      }
    }
  } while (!bench_over());
  bench_end("change", ops);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  size_t n = bench_num(argv, "n", 100000);
  bench_init();
  BENCH_OK(uv_loop_init(&loop));
  if (!strcmp(mode, "fire"))
    fire(n);
  else if (!strcmp(mode, "rearm"))
    change(n, REARM);
  else if (!strcmp(mode, "again"))
    change(n, AGAIN);
  else if (!strcmp(mode, "stop-start"))
    change(n, STOP_START);
  else
    return fprintf(stderr, "usage: timers fire|rearm|again|stop-start [n=N]\n"), 2;
  return 0;
}
