/* Loops are made and closed, and start and stop watching signals, in two threads, while a
 * third sends these signals and the main thread forks. */
#include "trace.h"
#include <sys/syscall.h>
#include <sys/wait.h>

enum { THREADS = 2, ROUNDS = 150, CHILDREN = 40 };

static uv_sem_t over;

static void on_signal(uv_signal_t *h, int signum) {
  if (signum != SIGUSR1 && signum != SIGUSR2) exit(1);
  uv_signal_stop(h);
}
static void churn(void *arg) {
  int i, k;
  (void) arg;
  for (k = 0; k < ROUNDS; k++) {
    uv_loop_t loop;
    uv_signal_t all[4];
    MUST(uv_loop_init(&loop));
    for (i = 0; i < 4; i++) {
      MUST(uv_signal_init(&loop, &all[i]));
      if (i == 3) MUST(uv_signal_start_oneshot(&all[i], on_signal, SIGUSR2));
      else MUST(uv_signal_start(&all[i], on_signal, i ? SIGUSR1 : SIGUSR2));
    }
    run(&loop, UV_RUN_NOWAIT);
    for (i = 0; i < 4; i++) uv_close(H(&all[i]), NULL);
    run(&loop, UV_RUN_DEFAULT);
    MUST(uv_loop_close(&loop));
  }
  uv_sem_post(&over);
}
static void raise_all(void *arg) {
  int left = THREADS;
  (void) arg;
  while (left > 0) {
    SYS(kill(getpid(), SIGUSR1));
    SYS(kill(getpid(), SIGUSR2));
    if (uv_sem_trywait(&over) == 0) left--;
  }
}

int main(void) {
  static uv_loop_t keep;
  static uv_signal_t stay[2];
  uv_thread_t threads[THREADS + 1];
  int i;
  begin();
  MUST(uv_sem_init(&over, 0));
  /* These stay: without any handle, the signals would end the program. */
  MUST(uv_loop_init(&keep));
  for (i = 0; i < 2; i++) {
    MUST(uv_signal_init(&keep, &stay[i]));
    MUST(uv_signal_start(&stay[i], NULL, i ? SIGUSR1 : SIGUSR2));
  }
  for (i = 0; i < THREADS; i++) MUST(uv_thread_create(&threads[i], churn, NULL));
  MUST(uv_thread_create(&threads[THREADS], raise_all, NULL));
  for (i = 0; i < CHILDREN; i++) {
    pid_t pid = fork();
    int status;
    if (pid == 0) {
      MUST(uv_loop_fork(&keep));
      MUST(uv_signal_stop(&stay[0]));
      /* Past the sanitizer, which misses the parent's threads here. */
      syscall(SYS_exit_group, 0);
    }
    SYS(waitpid(pid, &status, 0));
    if (status != 0) return 1;
    run(&keep, UV_RUN_NOWAIT);
  }
  for (i = 0; i <= THREADS; i++) MUST(uv_thread_join(&threads[i]));
  for (i = 0; i < 2; i++) uv_close(H(&stay[i]), NULL);
  run(&keep, UV_RUN_DEFAULT);
  MUST(uv_loop_close(&keep));
  uv_sem_destroy(&over);
  return 0;
}
