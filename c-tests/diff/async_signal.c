/* uv_async_send from a signal handler, while the loop sleeps in its poll. */
#include "trace.h"

static uv_loop_t loop;
static uv_async_t async;
static int count;

static void handler(int sig) {
  int saved = errno;
  (void) sig;
  uv_async_send(&async);
  errno = saved;
}
static void on_async(uv_async_t *h) {
  say("async");
  if (__atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST) == 2) CLOSE(h);
}
static void killer(void *arg) {
  while (__atomic_load_n(&count, __ATOMIC_SEQ_CST) < *(int *) arg) {
    uv_sleep(10);
    kill(getpid(), SIGUSR1);
    uv_sleep(20);
  }
}

int main(void) {
  uv_thread_t t;
  sigset_t set;
  int one = 1;
  begin();
  signal(SIGUSR1, handler);
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &async, on_async));
  say("raised before the run");
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  say("while it sleeps");
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  one = 2;
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  MUST(uv_thread_create(&t, killer, &one));
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  run(&loop, UV_RUN_DEFAULT);
  signal(SIGUSR1, SIG_IGN);
  MUST(uv_thread_join(&t));
  return finish(&loop);
}
