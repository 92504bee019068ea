/* uv_async_send: coalescing, order, from inside callbacks, around closing. */
#include "trace.h"

static uv_loop_t loop;
static uv_async_t a[3];
static int mode, count;

static void on_async(uv_async_t *h) {
  say("  %s", label(h));
  if (mode == 1 && count++ < 2) {
    say("  sends itself");
    MUST(uv_async_send(h));
  }
  if (mode == 2 && h == &a[1]) {
    mode = 0;
    say("  sends all three");
    MUST(uv_async_send(&a[0]));
    MUST(uv_async_send(&a[1]));
    MUST(uv_async_send(&a[2]));
  }
  if (mode == 3 && h == &a[0]) {
    CLOSE(&a[1]);
    CLOSE(&a[2]);
  }
}
static void send_many(void *arg) {
  int i;
  for (i = 0; i < 10000; i++) MUST(uv_async_send(arg));
}
static int received, last;
static void on_burst(uv_async_t *h) {
  (void) h;
  received++;
}

int main(void) {
  static const char *names[] = {"a0", "a1", "a2"};
  static uv_async_t burst, nothing;
  uv_thread_t threads[4];
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < 3; i++) {
    TRY(uv_async_init(&loop, &a[i], on_async));
    a[i].data = (void *) names[i];
  }
  say("coalesced");
  for (i = 0; i < 5; i++) TRY(uv_async_send(&a[0]));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  say("sent in the order of init");
  for (i = 0; i < 3; i++) MUST(uv_async_send(&a[i]));
  run(&loop, UV_RUN_NOWAIT);
  say("itself");
  mode = 1;
  MUST(uv_async_send(&a[0]));
  for (i = 0; i < 4; i++) run(&loop, UV_RUN_NOWAIT);
  say("sent, then closed");
  mode = 0;
  {
    static uv_async_t gone;
    MUST(uv_async_init(&loop, &gone, on_async));
    gone.data = "gone";
    MUST(uv_async_send(&gone));
    CLOSE(&gone);
    TRY(uv_async_send(&gone));
    run(&loop, UV_RUN_NOWAIT);
    TRY(uv_async_send(&gone));
    run(&loop, UV_RUN_NOWAIT);
  }
  say("a null callback");
  TRY(uv_async_init(&loop, &nothing, NULL));
  MUST(uv_async_send(&nothing));
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&nothing);
  run(&loop, UV_RUN_NOWAIT);
  say("others closed inside, that were sent too");
  mode = 3;
  for (i = 0; i < 3; i++) MUST(uv_async_send(&a[i]));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  say("from threads: at least one callback, the last send is seen");
  MUST(uv_async_init(&loop, &burst, on_burst));
  for (i = 0; i < 4; i++) MUST(uv_thread_create(&threads[i], send_many, &burst));
  for (i = 0; i < 4; i++) MUST(uv_thread_join(&threads[i]));
  uv_run(&loop, UV_RUN_NOWAIT);
  say("some %d, no more than sent %d", received > 0, received <= 40000);
  last = received;
  uv_run(&loop, UV_RUN_NOWAIT);
  say("none left over %d", received == last);
  close_all(&loop);
  return finish(&loop);
}
