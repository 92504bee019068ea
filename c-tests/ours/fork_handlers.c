/* Fork handlers of the program that take a mutex of its own.
 *
 * The program holds that mutex while it starts and stops a signal handle, makes and
 * closes loops, and queues work. Two other threads fork: one by fork(), one by uv_spawn()
 * with UV_PROCESS_SETUID, which forks too. A third allocates and gets the watched
 * signals.
 *
 * libuv 1.53.0: goes on for ever.
 * right: all four keep going. A lock that is held across fork meets the program's
 *   mutex, or the allocator's, in the other order, and all stand still.
 */
#include "check.h"

#define SECONDS 3.0
#define STILL 5.0

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_long counts[4];
static const char *const names[4] = {"forks", "spawns", "starts", "allocations"};
static pid_t me;

static void lock(void) {
  pthread_mutex_lock(&mutex);
}

static void unlock(void) {
  pthread_mutex_unlock(&mutex);
}

static void on_signal(uv_signal_t *h, int signum) {
  (void)h, (void)signum;
}

static void fork_and_reap(void *arg) {
  (void)arg;
  for (;;) {
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    waitpid(pid, NULL, 0);
    kill(me, SIGUSR1);
    counts[0]++;
  }
}

static void on_exit_cb(uv_process_t *p, int64_t status, int signum) {
  if (status != 3 || signum != 0) FAULT("status %d, signal %d", (int)status, signum);
  uv_close((uv_handle_t *)p, NULL);
}

static void spawn_and_run(void *arg) {
  uv_loop_t loop;
  (void)arg;
  uv_loop_init(&loop);
  for (;;) {
    uv_process_t process;
    char *args[] = {"sh", "-c", "exit 3", NULL};
    uv_process_options_t options = {.file = "/bin/sh",
                                    .args = args,
                                    .exit_cb = on_exit_cb,
                                    .flags = UV_PROCESS_SETUID,
                                    .uid = getuid()};
    int r = uv_spawn(&loop, &process, &options);
    if (r) FAULT("uv_spawn: %s", uv_err_name(r));
    uv_run(&loop, UV_RUN_DEFAULT);
    counts[1]++;
  }
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
    counts[3]++;
  }
}

static void look(void *arg) {
  sigset_t all;
  long last[4] = {-1, -1, -1, -1};
  double start = clock_ms(CLOCK_MONOTONIC), moved[4];
  (void)arg;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (int i = 0; i < 4; i++) moved[i] = start;
  for (;;) {
    usleep(100000);
    double now = clock_ms(CLOCK_MONOTONIC), oldest = now;
    for (int i = 0; i < 4; i++) {
      if (counts[i] != last[i]) moved[i] = now;
      last[i] = counts[i];
      if (moved[i] < oldest) oldest = moved[i];
      if (now - moved[i] > STILL * 1000) {
        char text[120]; /* no printf: the allocator may be locked */
        int n = snprintf(text, sizeof text, "deadlock: %ld %s, then no more\n",
                         last[i], names[i]);
        _exit(write(1, text, n) == n ? 1 : 2);
      }
    }
    if (now - start > SECONDS * 1000 && now - oldest < 1000) _exit(0);
  }
}

static void on_work(uv_work_t *req) {
  (void)req;
}

static void after_work(uv_work_t *req, int status) {
  (void)req, (void)status;
}

int main(void) {
  uv_loop_t loop, other;
  uv_signal_t watcher, guard, of_other;
  uv_work_t work;
  uv_thread_t threads[4];
  me = getpid();
  deadline(60, "no end");
  pthread_atfork(lock, unlock, unlock);
  uv_loop_init(&loop);
  uv_signal_init(&loop, &watcher);
  uv_signal_init(&loop, &guard);
  uv_signal_start(&guard, on_signal, SIGUSR1); /* the signal never ends us */
  uv_thread_create(&threads[0], look, NULL);
  uv_thread_create(&threads[1], fork_and_reap, NULL);
  uv_thread_create(&threads[2], spawn_and_run, NULL);
  uv_thread_create(&threads[3], allocate, NULL);
  for (;;) {
    lock();
    uv_signal_start(&watcher, on_signal, counts[2] % 2 ? SIGUSR1 : SIGUSR2);
    uv_signal_stop(&watcher);
    uv_loop_init(&other);
    uv_signal_init(&other, &of_other);
    uv_signal_start(&of_other, on_signal, SIGUSR1);
    uv_close((uv_handle_t *)&of_other, NULL);
    uv_queue_work(&loop, &work, on_work, after_work);
    unlock();
    uv_run(&other, UV_RUN_DEFAULT);
    lock();
    if (uv_loop_close(&other)) FAULT("uv_loop_close");
    unlock();
    counts[2]++;
    /* Until the work is over: the signal handles keep the loop alive. */
    while (loop.active_reqs.count > 0) uv_run(&loop, UV_RUN_ONCE);
  }
}
