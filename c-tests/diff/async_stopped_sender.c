/* A sender that is stopped while it wakes the loop keeps no other thread's send, and no
 * signal, from a loop that sleeps. */
#include "trace.h"

#include <sys/epoll.h>
#include <sys/syscall.h>

static uv_loop_t loop;
static uv_async_t first, second;
static uv_signal_t third;
static uv_sem_t sleeps, stopped, go_on;
static int by_signal, firsts;
static __thread int stops;

/* These stand before the C library's. */
ssize_t write(int fd, const void *data, size_t n) {
  if (stops) {
    stops = 0;
    uv_sem_post(&stopped);
    uv_sem_wait(&go_on);
  }
  return syscall(SYS_write, fd, data, n);
}
int epoll_pwait(int set, struct epoll_event *events, int n, int timeout,
                const sigset_t *mask) {
  if (timeout) uv_sem_post(&sleeps);
  return (int) syscall(SYS_epoll_pwait, set, events, n, timeout, mask, _NSIG / 8);
}
int epoll_wait(int set, struct epoll_event *events, int n, int timeout) {
  return epoll_pwait(set, events, n, timeout, NULL);
}

static void send_and_stop(void *arg) {
  (void) arg;
  uv_sem_wait(&sleeps);
  stops = 1;
  MUST(uv_async_send(&first));
  stops = 0;
}
static void tell(void *arg) {
  (void) arg;
  uv_sem_wait(&stopped);
  if (by_signal) {
    SYS(kill(getpid(), SIGWINCH));
  } else {
    MUST(uv_async_send(&second));
  }
}
static void on_first(uv_async_t *h) {
  (void) h;
  firsts++;
}
static void over(void) {
  uv_sem_post(&go_on);
  uv_stop(&loop);
}
static void on_second(uv_async_t *h) {
  (void) h;
  say("  second");
  over();
}
static void on_third(uv_signal_t *h, int signum) {
  (void) h;
  (void) signum;
  say("  signal");
  over();
}

int main(void) {
  uv_thread_t threads[2];
  begin();
  MUST(uv_sem_init(&sleeps, 0));
  MUST(uv_sem_init(&stopped, 0));
  MUST(uv_sem_init(&go_on, 0));
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &first, on_first));
  MUST(uv_async_init(&loop, &second, on_second));
  MUST(uv_signal_init(&loop, &third));
  MUST(uv_signal_start(&third, on_third, SIGWINCH));
  for (by_signal = 0; by_signal < 2; by_signal++) {
    while (uv_sem_trywait(&sleeps) == 0) continue;
    MUST(uv_thread_create(&threads[0], send_and_stop, NULL));
    MUST(uv_thread_create(&threads[1], tell, NULL));
    say(by_signal ? "a signal" : "another sender");
    run(&loop, UV_RUN_DEFAULT);
    MUST(uv_thread_join(&threads[0]));
    MUST(uv_thread_join(&threads[1]));
    run(&loop, UV_RUN_NOWAIT);
    say("first: %d", firsts);
  }
  uv_sem_destroy(&sleeps);
  uv_sem_destroy(&stopped);
  uv_sem_destroy(&go_on);
  close_all(&loop);
  return finish(&loop);
}
