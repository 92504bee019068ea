/* Makes a loop, runs a timer, an async and some work in it, and closes it. */
#include "rounds.h"

static uv_timer_t timer;
static uv_async_t async;
static uv_work_t work;

static void on_timer(uv_timer_t* handle) {
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_async(uv_async_t* handle) {
  uv_close((uv_handle_t*) handle, NULL);
}

static void in_pool(uv_work_t* request) {
  (void) request;
}

static void after_pool(uv_work_t* request, int status) {
  CHECK(request == &work && status == 0);
  CHECK(uv_async_send(&async) == 0);
}

static void set_up(uv_loop_t* loop) {
  (void) loop;
}

static void one_round(uv_loop_t* unused) {
  uv_loop_t loop;
  (void) unused;
  CHECK(uv_loop_init(&loop) == 0);
  CHECK(uv_timer_init(&loop, &timer) == 0);
  CHECK(uv_timer_start(&timer, on_timer, 0, 0) == 0);
  CHECK(uv_async_init(&loop, &async, on_async) == 0);
  CHECK(uv_queue_work(&loop, &work, in_pool, after_pool) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
}
