/* Wake-ups: one hot handle, alone or among many; a flood; a ping-pong. */
#include "common.h"
#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

static uint64_t calls;
static atomic_int done;

static void on_hot(uv_async_t *a) {
  if (++calls % 64 == 0 && bench_over())
    uv_stop(a->loop);
  uv_async_send(a);
}

static void on_cold(uv_async_t *a) { (void)a; }

/* n handles, the middle one of which wakes itself. An operation is a callback. */
static void hot(uv_loop_t *loop, size_t n) {
  uv_async_t *a = bench_alloc(n, sizeof *a);
  for (size_t i = 0; i < n; i++)
    BENCH_OK(uv_async_init(loop, &a[i], i == n / 2 ? on_hot : on_cold));
  uv_async_send(&a[n / 2]);
  bench_begin();
  uv_run(loop, UV_RUN_DEFAULT);
  bench_end("callback", calls);
}

struct sender {
  pthread_t thread;
  uv_async_t *async;
  uint64_t sent;
};

static void *flood_thread(void *arg) {
  struct sender *s = arg;
  uint64_t sent = 0;
  while (!atomic_load_explicit(&done, memory_order_relaxed))
    for (int i = 0; i < 256; i++, sent++)
      uv_async_send(s->async);
  s->sent = sent;
  return NULL;
}

static void on_flood(uv_async_t *a) {
  calls++;
  if (bench_over())
    uv_stop(a->loop);
}

/* n threads send as fast as they can, to one handle or to one each. An operation
 * is a send. */
static void flood(uv_loop_t *loop, size_t n, int own) {
  struct sender *s = bench_alloc(n, sizeof *s);
  uv_async_t *a = bench_alloc(n, sizeof *a);
  uint64_t sent = 0;
  for (size_t i = 0; i < n; i++)
    BENCH_OK(uv_async_init(loop, &a[i], on_flood));
  bench_begin();
  for (size_t i = 0; i < n; i++) {
    s[i].async = own ? &a[i] : &a[0];
    BENCH_OK(-pthread_create(&s[i].thread, NULL, flood_thread, &s[i]));
  }
  uv_run(loop, UV_RUN_DEFAULT);
  atomic_store(&done, 1);
  for (size_t i = 0; i < n; i++) {
    pthread_join(s[i].thread, NULL);
    sent += s[i].sent;
  }
  bench_end("send", sent);
}

static uv_async_t ping, pong;

static void on_pong(uv_async_t *a) {
  if (atomic_load(&done))
    uv_stop(a->loop);
  else
    uv_async_send(&ping);
}

static void on_ping(uv_async_t *a) {
  if (++calls % 16 == 0 && bench_over()) {
    atomic_store(&done, 1);
    uv_stop(a->loop);
  }
  uv_async_send(&pong);
}

static void *pong_thread(void *loop) {
  uv_run(loop, UV_RUN_DEFAULT);
  return NULL;
}

/* Two threads with a loop each. An operation is a round trip. */
static void ping_pong(uv_loop_t *loop) {
  uv_loop_t other;
  pthread_t thread;
  BENCH_OK(uv_loop_init(&other));
  BENCH_OK(uv_async_init(loop, &ping, on_ping));
  BENCH_OK(uv_async_init(&other, &pong, on_pong));
  BENCH_OK(-pthread_create(&thread, NULL, pong_thread, &other));
  bench_begin();
  uv_async_send(&pong);
  uv_run(loop, UV_RUN_DEFAULT);
  bench_pause();
  pthread_join(thread, NULL);
  bench_report("round", calls);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  uv_loop_t loop;
  bench_init();
  BENCH_OK(uv_loop_init(&loop));
  if (!strcmp(mode, "hot"))
    hot(&loop, bench_num(argv, "n", 1));
  else if (!strcmp(mode, "flood"))
    flood(&loop, bench_num(argv, "n", 2), bench_num(argv, "own", 0) != 0);
  else if (!strcmp(mode, "ping-pong"))
    ping_pong(&loop);
  else
    return fprintf(stderr, "usage: async hot|flood|ping-pong [n=N] [own=1]\n"), 2;
  return 0;
}
