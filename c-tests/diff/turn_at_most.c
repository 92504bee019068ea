/* One turn of the loop that waits no longer than it is told, and needs no timer for it:
 * the caller waits on the backend descriptor, and the loop only looks. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_async_t async;
static uv_idle_t idle;
static uv_tcp_t tcp;
static int called;

static int turn_at_most(uv_loop_t *of, int milliseconds) {
  struct pollfd backend = {uv_backend_fd(of), POLLIN, 0};
  int wait = uv_backend_timeout(of);
  if (wait < 0 || wait > milliseconds) wait = milliseconds;
  AGAIN(poll(&backend, 1, wait));
  return uv_run(of, UV_RUN_NOWAIT);
}

static void on_timer(uv_timer_t *t) {
  (void) t;
  called++;
  say("  timer");
}
static void on_async(uv_async_t *a) {
  (void) a;
  called++;
  say("  async");
}
static void on_idle(uv_idle_t *i) {
  called++;
  say("  idle");
  uv_idle_stop(i);
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  called++;
  read_say(s, n, b);
}
static void send_later(void *arg) {
  (void) arg;
  usleep(20000);
  MUST(uv_async_send(&async));
}

/* Turns until something is called; each may wait for far longer than that takes. */
static void until_called(const char *by) {
  say("%s", by);
  called = 0;
  while (!called) turn_at_most(&loop, 20000);
}

int main(void) {
  uv_thread_t thread;
  int i, peer;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_async_init(&loop, &async, on_async));
  peer = tcp_with_peer(&loop, &tcp);
  MUST(uv_read_start(S(&tcp), alloc_static, on_read));

  say("nothing happens, for ever but for us");
  for (i = 0; i < 5; i++) say("  alive %d", turn_at_most(&loop, 2));
  say("a timer is far away");
  MUST(uv_timer_start(&timer, on_timer, 1000000, 0));
  for (i = 0; i < 5; i++) say("  alive %d", turn_at_most(&loop, 2));

  MUST(uv_timer_start(&timer, on_timer, 10, 0));
  until_called("a timer is near");
  put(peer, "x");
  until_called("bytes");
  MUST(uv_thread_create(&thread, send_later, NULL));
  until_called("another thread");
  MUST(uv_thread_join(&thread));
  MUST(uv_idle_start(&idle, on_idle));
  until_called("an idle handle");
  close(peer);
  until_called("the end");
  close_all(&loop);
  return finish(&loop);
}
