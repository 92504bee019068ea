/* Closing a handle that was sent to, while others were as well: those are called. And
 * handles that are made and sent to while callbacks run: they wait for the next turn. */
#include "trace.h"

static uv_loop_t loop;
static uv_async_t asyncs[6];
static uv_work_t work;
static int made;

static void on_async(uv_async_t *h) {
  say("async %d", (int) (h - asyncs));
  if (!made) return;
  MUST(uv_async_init(&loop, &asyncs[made], on_async));
  MUST(uv_async_send(&asyncs[made]));
  made = made + 1 < COUNT(asyncs) ? made + 1 : 0;
}

static void on_timer(uv_timer_t *h) {
  say("timer");
  MUST(uv_async_send(&asyncs[0]));
  MUST(uv_async_send(&asyncs[2]));
  CLOSE(&asyncs[2]);
  uv_timer_stop(h);
}

static void at_work(uv_work_t *w) { (void) w; }
static void worked(uv_work_t *w, int status) {
  say("worked: %s", name(status));
  w->data = NULL;
}

static void send_all(int n) {
  while (n--)
    if (!uv_is_closing(H(&asyncs[n]))) MUST(uv_async_send(&asyncs[n]));
}

int main(void) {
  uv_timer_t timer;
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < 3; i++) MUST(uv_async_init(&loop, &asyncs[i], on_async));
  say("closed before the turn");
  send_all(3);
  CLOSE(&asyncs[1]);
  for (i = 0; i < 2; i++) run(&loop, UV_RUN_NOWAIT);
  say("and each can be sent to again");
  send_all(3);
  for (i = 0; i < 2; i++) run(&loop, UV_RUN_NOWAIT);
  say("closed in a timer");
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  for (i = 0; i < 3; i++) run(&loop, UV_RUN_NOWAIT);
  say("closed when work has ended");
  MUST(uv_async_init(&loop, &asyncs[1], on_async));
  work.data = &work;
  MUST(uv_queue_work(&loop, &work, at_work, worked));
  settle(uv_backend_fd(&loop), POLLIN);
  MUST(uv_async_send(&asyncs[1]));
  CLOSE(&asyncs[1]);
  UNTIL(&loop, !work.data);
  say("made while callbacks run");
  made = 1;
  send_all(1);
  for (i = 0; i < 8; i++) run(&loop, UV_RUN_NOWAIT);
  close_all(&loop);
  return finish(&loop);
}
