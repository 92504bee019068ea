/* What a thread wrote before uv_async_send is there for the callback that answers,
 * even when the handle had been sent to already: nothing else orders the two here. */
#include "trace.h"

enum { ROUNDS = 2000 };

static uv_loop_t loop;
static uv_async_t async;
static uv_prepare_t prepare;
static int message, answered;
static int go, sent;

static void on_async(uv_async_t *h) {
  if (message != answered + 1) {
    say("round %d: the message is %d", answered, message);
    exit(1);
  }
  if (++answered == ROUNDS) {
    uv_close(H(h), NULL);
    uv_close(H(&prepare), NULL);
  }
}
/* The handle is sent to from here and then from there, and the answer comes after. */
static void on_prepare(uv_prepare_t *h) {
  (void) h;
  if (answered % 2 == 0) MUST(uv_async_send(&async));
  __atomic_store_n(&go, answered + 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&sent, __ATOMIC_RELAXED) != answered + 1) sched_yield();
}
static void sender(void *arg) {
  int i;
  (void) arg;
  for (i = 1; i <= ROUNDS; i++) {
    while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) != i) sched_yield();
    message = i;
    MUST(uv_async_send(&async));
    __atomic_store_n(&sent, i, __ATOMIC_RELAXED);
  }
}

int main(void) {
  uv_thread_t thread;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &async, on_async));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_thread_create(&thread, sender, NULL));
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_thread_join(&thread));
  return finish(&loop);
}
