/* Children and signals: how long uv_spawn blocks, what an exit costs among n
 * live children, the way from a signal to its callback. */
#include "common.h"
#include <uv.h>

static uv_loop_t loop;
static uint64_t done;

static void on_exit_close(uv_process_t *p, int64_t status, int sig) {
  (void)status, (void)sig;
  uv_close((uv_handle_t *)p, NULL);
}

/* One child after the other; only the call itself is timed. */
static void spawn_call(void) {
  char *args[] = {"/bin/true", NULL};
  uv_process_options_t o;
  uv_process_t p;
  memset(&o, 0, sizeof o);
  o.file = args[0];
  o.args = args;
  o.exit_cb = on_exit_close;
  for (int warm = 0; warm < 3; warm++) {
    BENCH_OK(uv_spawn(&loop, &p, &o));
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  bench_begin();
  bench_wall_sum = bench_cpu_sum = 0;
  do {
    int rc;
    bench_resume();
    rc = uv_spawn(&loop, &p, &o);
    bench_pause();
    BENCH_OK(rc);
    uv_run(&loop, UV_RUN_DEFAULT);
    done++;
  } while (!bench_over());
  bench_report("call", done);
}

static uv_process_t *children;
static size_t count, gone;

static void on_exit_next(uv_process_t *p, int64_t status, int sig) {
  (void)status, (void)sig;
  uv_close((uv_handle_t *)p, NULL);
  if (++gone < count)
    kill(children[gone].pid, SIGKILL);
}

/* n sleeping children, killed one after the other: each exit is seen while the
 * rest still live. The spawning is not timed. */
static void live_exits(size_t n) {
  char *args[] = {"/bin/sleep", "60", NULL};
  uv_process_options_t o;
  memset(&o, 0, sizeof o);
  o.file = args[0];
  o.args = args;
  o.exit_cb = on_exit_next;
  count = n;
  children = bench_alloc(n, sizeof *children);
  while (done < 200) {
    for (size_t i = 0; i < n; i++)
      BENCH_OK(uv_spawn(&loop, &children[i], &o));
    usleep(2000 + 250 * (useconds_t)n);
    uv_run(&loop, UV_RUN_NOWAIT);
    gone = 0;
    if (done == 0) {
      bench_begin();
      bench_wall_sum = bench_cpu_sum = 0;
    }
    bench_resume();
    kill(children[0].pid, SIGKILL);
    uv_run(&loop, UV_RUN_DEFAULT);
    bench_pause();
    done += gone;
  }
  bench_report("exit", done);
}

static size_t watchers;

/* The last of the handles sends the next signal. */
static void on_signal(uv_signal_t *s, int num) {
  if (++done % watchers != 0)
    return;
  if (done / watchers % 32 == 0 && bench_over())
    uv_stop(s->loop);
  else
    kill(getpid(), num);
}

static void signals(size_t n) {
  uv_signal_t *s = bench_alloc(n, sizeof *s);
  watchers = n;
  for (size_t i = 0; i < n; i++) {
    BENCH_OK(uv_signal_init(&loop, &s[i]));
    BENCH_OK(uv_signal_start(&s[i], on_signal, SIGUSR1));
  }
  bench_begin();
  kill(getpid(), SIGUSR1);
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_end("signal", done);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  bench_init();
  BENCH_OK(uv_loop_init(&loop));
  if (!strcmp(mode, "spawn"))
    spawn_call();
  else if (!strcmp(mode, "exits"))
    live_exits(bench_num(argv, "n", 200));
  else if (!strcmp(mode, "signals"))
    signals(bench_num(argv, "n", 1));
  else
    return fprintf(stderr, "usage: process spawn|exits|signals [n=N]\n"), 2;
  return 0;
}
