/* Threads send while the loop runs and closes: every sender is served, none
 * after the close. */
#include "trace.h"

enum { THREADS = 3, SENDS = 2000 };

static uv_loop_t loop;
static uv_async_t a[THREADS];
static int sent[THREADS], seen[THREADS], after_close, closed_all;
static int stop_sending;

static void on_async(uv_async_t *h) {
  int i = (int) (h - a);
  if (closed_all) after_close++;
  seen[i] = __atomic_load_n(&sent[i], __ATOMIC_SEQ_CST);
  if (seen[i] == SENDS) uv_close(H(h), NULL);
}
static void sender(void *arg) {
  int n, i = (int) (intptr_t) arg;
  for (n = 1; n <= SENDS; n++) {
    __atomic_store_n(&sent[i], n, __ATOMIC_SEQ_CST);
    MUST(uv_async_send(&a[i]));
  }
}
static void on_churn(uv_async_t *h) { (void) h; }
static void churn_sender(void *arg) {
  while (!__atomic_load_n(&stop_sending, __ATOMIC_SEQ_CST)) uv_async_send(arg);
}

int main(void) {
  static uv_async_t churn;
  uv_thread_t t[THREADS];
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < THREADS; i++) MUST(uv_async_init(&loop, &a[i], on_async));
  for (i = 0; i < THREADS; i++)
    MUST(uv_thread_create(&t[i], sender, (void *) (intptr_t) i));
  run(&loop, UV_RUN_DEFAULT);
  for (i = 0; i < THREADS; i++) MUST(uv_thread_join(&t[i]));
  for (i = 0; i < THREADS; i++) say("sender %d: the last was seen %d", i, seen[i] == SENDS);
  closed_all = 1;
  say("closing while a thread sends");
  for (i = 0; i < 50; i++) {
    MUST(uv_async_init(&loop, &churn, on_churn));
    stop_sending = 0;
    MUST(uv_thread_create(&t[0], churn_sender, &churn));
    uv_run(&loop, UV_RUN_ONCE);
    uv_close(H(&churn), NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    __atomic_store_n(&stop_sending, 1, __ATOMIC_SEQ_CST);
    MUST(uv_thread_join(&t[0]));
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  say("callbacks after the close: %d", after_close);
  return finish(&loop);
}
