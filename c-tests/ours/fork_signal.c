/* fork() while a signal is watched and another thread allocates.
 *
 * A loop watches SIGCHLD; one thread only allocates, one only forks and waits.
 * SIGCHLD interrupts either of them anywhere, inside malloc() and fork() too.
 *
 * libuv 1.53.0: goes on for ever, since nothing of it is held across fork().
 * right: forks, allocations and signals keep coming.
 */
#include "check.h"

#define SECONDS 3.0
#define STILL 3.0 /* no progress for so long is a deadlock */

static uv_loop_t loop;
static uv_signal_t watcher;
static atomic_long forks, allocs, signals;

static void on_signal(uv_signal_t *h, int signum) {
  (void)h, (void)signum;
  signals++;
}

static void allocate(void *arg) {
  (void)arg;
  for (;;) {
    void *p[16];
    for (int i = 0; i < 16; i++) {
      p[i] = malloc(2000 + i * 4000);
      ((char *)p[i])[0] = 1;
    }
    for (int i = 0; i < 16; i++) free(p[i]);
    allocs++;
  }
}

static void fork_and_reap(void *arg) {
  long reaped = 0;
  (void)arg;
  for (;;) {
    pid_t pid = fork();
    if (pid == 0) {
      usleep(getpid() % 3000);
      _exit(0);
    }
    if (pid > 0) forks++;
    while (waitpid(-1, NULL, forks - reaped > 8 ? 0 : WNOHANG) > 0) reaped++;
  }
}

static void look(void *arg) {
  sigset_t all;
  long last_forks = -1, last_allocs = -1;
  double start = clock_ms(CLOCK_MONOTONIC), moved = start;
  char text[160];
  (void)arg;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (;;) {
    usleep(100000);
    double now = clock_ms(CLOCK_MONOTONIC);
    if (forks != last_forks && allocs != last_allocs) moved = now;
    last_forks = forks;
    last_allocs = allocs;
    if (now - moved > STILL * 1000) { /* no printf: the allocator is locked */
      int n = snprintf(text, sizeof text,
                       "deadlock after %.1f s: %ld forks, %ld allocations, "
                       "%ld signals\n",
                       (moved - start) / 1000, last_forks, last_allocs,
                       (long)signals);
      _exit(write(1, text, n) == n ? 1 : 2);
    }
    if (now - start > SECONDS * 1000 && now - moved < 300 && signals > 0)
      _exit(0);
  }
}

int main(void) {
  uv_thread_t a, f, w;
  deadline(60, "no end");
  uv_loop_init(&loop);
  uv_signal_init(&loop, &watcher);
  CHECK(uv_signal_start(&watcher, on_signal, SIGCHLD) == 0, "uv_signal_start");
  uv_thread_create(&w, look, NULL);
  uv_thread_create(&f, fork_and_reap, NULL);
  uv_thread_create(&a, allocate, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  FAULT("uv_run returned");
}
