/* uv_backend_timeout and uv_backend_fd in every state. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_idle_t idle;
static uv_async_t async;
static uv_tcp_t tcp;
static uv_write_t w;
static uv_shutdown_t sd;
static uv_connect_t c;

static void timeout(const char *when) {
  int t = uv_backend_timeout(&loop);
  say("%s: %s", when, t < 0 ? "forever" : t == 0 ? "0" : t > 5000 ? "long" : "short");
}
static void on_timer(uv_timer_t *t) { (void) t; }
static void on_idle(uv_idle_t *t) { (void) t; }
static void on_async(uv_async_t *t) { (void) t; timeout("in the async callback"); }
static void on_write(uv_write_t *r, int status) {
  (void) r;
  (void) status;
}

/* Until a loop has polled once, genuine libuv has yet to register what it
 * watches and answers 0, which says nothing about the loop's state. */
static void first_turn(void) {
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_idle_start(&idle, on_idle));
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_close(H(&idle), NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  timeout("after a first turn");
}

int main(void) {
  struct sockaddr_in a;
  uv_buf_t x = text_buf("x");
  int port, hold, peer;
  begin();
  MUST(uv_loop_init(&loop));
  say("a descriptor: %d", fcntl(uv_backend_fd(&loop), F_GETFD) == FD_CLOEXEC);
  timeout("empty");
  first_turn();
  MUST(uv_timer_init(&loop, &timer));
  timeout("inactive timer");
  MUST(uv_timer_start(&timer, on_timer, 10000, 0));
  timeout("timer");
  uv_unref(H(&timer));
  timeout("unreferenced timer");
  uv_ref(H(&timer));
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  timeout("due timer");
  MUST(uv_timer_start(&timer, on_timer, 3, 0));
  uv_sleep(6);
  timeout("the loop's clock stands");
  uv_update_time(&loop);
  timeout("overdue timer");
  MUST(uv_timer_start(&timer, on_timer, 10000, 0));
  MUST(uv_idle_init(&loop, &idle));
  timeout("idle not started");
  MUST(uv_idle_start(&idle, on_idle));
  timeout("idle");
  uv_unref(H(&idle));
  timeout("idle unreferenced");
  uv_idle_stop(&idle);
  timeout("idle stopped");
  uv_stop(&loop);
  timeout("stopped loop");
  run(&loop, UV_RUN_DEFAULT);
  timeout("after the run");
  CLOSE(&idle);
  timeout("closing");
  run(&loop, UV_RUN_NOWAIT);
  timeout("closed");
  uv_timer_stop(&timer);
  timeout("no timer");
  MUST(uv_async_init(&loop, &async, on_async));
  timeout("async");
  uv_async_send(&async);
  run(&loop, UV_RUN_NOWAIT);
  timeout("async done");

  peer = tcp_with_peer(&loop, &tcp);
  timeout("tcp");
  MUST(uv_read_start(S(&tcp), alloc_static, read_say));
  timeout("reading");
  MUST(uv_write(&w, S(&tcp), &x, 1, on_write));
  timeout("a finished write");
  run(&loop, UV_RUN_NOWAIT);
  timeout("and its callback made");
  MUST(uv_shutdown(&sd, S(&tcp), NULL));
  timeout("shutdown");
  run(&loop, UV_RUN_NOWAIT);
  timeout("shut down");
  CLOSE(&tcp);
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  MUST(uv_tcp_init(&loop, &tcp));
  port = closed_port(&hold);
  a = loopback(port);
  MUST(uv_tcp_connect(&c, &tcp, SA(&a), NULL));
  timeout("connecting");
  run(&loop, UV_RUN_ONCE);
  timeout("refused");
  close(hold);
  close_all(&loop);
  timeout("all closed");
  return finish(&loop);
}
