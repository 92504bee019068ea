/* A child that is forked at any moment of the other threads' uv_signal_start(),
 * uv_signal_stop() and uv_loop_close(), and of their signal handlers.
 *
 * The child uses the forking thread's loop after uv_loop_fork(), makes and closes one of
 * its own, and watches signals with both. In every second child, the first thing that uses
 * the library is a fork handler of the program, registered before any other.
 *
 * libuv 1.53.0: hangs; the child's fork handler takes the lock that it shares with the parent.
 * right: every signal of the child's arrives, and no loop of the child's waits for a thread of
 *   the parent.
 */
#include "check.h"

#define CHILDREN 400
#define THREADS 3

static uv_loop_t loop;
static uv_signal_t watcher;
static atomic_int stop;
static int from_handler, repaired, got;

static void on_signal(uv_signal_t *h, int signum) {
  (void)signum;
  got++;
  if (h->data) uv_stop(h->loop);
}

static void on_storm(uv_signal_t *h, int signum) {
  (void)h, (void)signum;
}

static void churn(void *arg) {
  while (!stop) {
    uv_loop_t mine;
    uv_signal_t handles[3];
    uv_loop_init(&mine);
    for (int i = 0; i < 3; i++) {
      uv_signal_init(&mine, &handles[i]);
      if (i == 1)
        uv_signal_start_oneshot(&handles[i], on_storm, SIGUSR2);
      else
        uv_signal_start(&handles[i], on_storm, i ? SIGUSR1 : SIGUSR2);
    }
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    uv_run(&mine, UV_RUN_NOWAIT);
    for (int i = 0; i < 3; i++) uv_close((uv_handle_t *)&handles[i], NULL);
    uv_run(&mine, UV_RUN_DEFAULT);
    if (uv_loop_close(&mine)) FAULT("uv_loop_close in the parent");
  }
}

static void in_child(void) {
  if (!from_handler) return;
  if (uv_loop_fork(&loop) == 0) repaired = 1;
  uv_signal_stop(&watcher);
  uv_signal_start(&watcher, on_signal, SIGUSR1);
}

static void child(void) {
  uv_loop_t fresh;
  uv_signal_t handle;
  uv_timer_t late;
  alarm(20); /* its own death says that it hung */
  signal(SIGALRM, SIG_DFL);
  if (!from_handler && uv_loop_fork(&loop)) _exit(2);
  if (from_handler && !repaired) _exit(3);
  uv_timer_init(&loop, &late);
  uv_loop_init(&fresh);
  uv_signal_init(&fresh, &handle);
  handle.data = &handle;
  if (uv_signal_start(&handle, on_signal, SIGUSR2)) _exit(4);
  got = 0;
  kill(getpid(), SIGUSR2);
  uv_run(&fresh, UV_RUN_DEFAULT);
  if (got != 1) _exit(5);
  got = 0;
  watcher.data = &watcher;
  kill(getpid(), SIGUSR1);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (got != 1) _exit(6);
  uv_close((uv_handle_t *)&handle, NULL);
  uv_run(&fresh, UV_RUN_DEFAULT);
  if (uv_loop_close(&fresh)) _exit(7);
  uv_close((uv_handle_t *)&watcher, NULL);
  uv_close((uv_handle_t *)&late, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop)) _exit(8);
  _exit(0);
}

int main(void) {
  static const char *const why[] = {
      "", "", "uv_loop_fork failed", "uv_loop_fork failed in the fork handler",
      "uv_signal_start failed", "a new loop did not get its signal once",
      "the loop did not get its signal once", "a new loop could not be closed",
      "the loop could not be closed"};
  uv_thread_t threads[THREADS];
  pthread_t self = pthread_self();
  sigset_t storm;
  pthread_atfork(NULL, NULL, in_child);
  deadline(100, "no end");
  uv_loop_init(&loop);
  uv_signal_init(&loop, &watcher);
  CHECK(uv_signal_start(&watcher, on_signal, SIGUSR1) == 0, "uv_signal_start");
  for (int i = 0; i < THREADS; i++) uv_thread_create(&threads[i], churn, &self);
  sigemptyset(&storm);
  sigaddset(&storm, SIGUSR1);
  for (int n = 0; n < CHILDREN; n++) {
    int status;
    from_handler = n % 2;
    /* What is sent to this thread meanwhile is the parent's. */
    pthread_sigmask(SIG_BLOCK, &storm, NULL);
    pid_t pid = fork();
    if (pid == 0) {
      pthread_sigmask(SIG_UNBLOCK, &storm, NULL);
      child();
    }
    pthread_sigmask(SIG_UNBLOCK, &storm, NULL);
    CHECK(pid > 0, "fork: %s", strerror(errno));
    CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
    if (WIFSIGNALED(status))
      FAULT("child %d: signal %d%s", n, WTERMSIG(status),
            WTERMSIG(status) == SIGALRM ? ", it hung" : "");
    if (WEXITSTATUS(status) != 0)
      FAULT("child %d: %s", n,
            WEXITSTATUS(status) < 9 ? why[WEXITSTATUS(status)] : "failed");
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  stop = 1;
  for (int i = 0; i < THREADS; i++) uv_thread_join(&threads[i]);
  return 0;
}
