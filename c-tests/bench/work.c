/* The thread pool, n requests in flight: work that is empty or keeps a processor
 * busy for so many microseconds, or addresses that need no name server. An operation is one request, from its start to its callback. */
#include "common.h"
#include <netdb.h>
#include <uv.h>

static uv_loop_t loop;
static uint64_t done;

static uint64_t length;

static void on_work(uv_work_t *w) {
  (void)w;
  if (length == 0)
    return;
  for (uint64_t end = bench_now() + length; bench_now() < end;)
    ;
}

static void after_work(uv_work_t *w, int status) {
  BENCH_OK(status);
  if (++done % 32 == 0 && bench_over())
    bench_deadline = 1;
  if (bench_deadline != 1)
    BENCH_OK(uv_queue_work(&loop, w, on_work, after_work));
}

static void queue(size_t n) {
  uv_work_t *w = bench_alloc(n, sizeof *w);
  bench_begin();
  for (size_t i = 0; i < n; i++)
    BENCH_OK(uv_queue_work(&loop, &w[i], on_work, after_work));
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_end("work", done);
}

static void lookup(uv_getaddrinfo_t *req);

static void on_address(uv_getaddrinfo_t *req, int status, struct addrinfo *ai) {
  BENCH_OK(status);
  uv_freeaddrinfo(ai);
  if (++done % 32 == 0 && bench_over())
    bench_deadline = 1;
  if (bench_deadline != 1)
    lookup(req);
}

static void lookup(uv_getaddrinfo_t *req) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  BENCH_OK(uv_getaddrinfo(&loop, req, on_address, "127.0.0.1", "80", &hints));
}

static void dns(size_t n) {
  uv_getaddrinfo_t *req = bench_alloc(n, sizeof *req);
  bench_begin();
  for (size_t i = 0; i < n; i++)
    lookup(&req[i]);
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_end("lookup", done);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  size_t n = bench_num(argv, "n", 1);
  bench_init();
  BENCH_OK(uv_loop_init(&loop));
  length = bench_num(argv, "us", 0) * 1000;
  if (!strcmp(mode, "queue"))
    queue(n);
  else if (!strcmp(mode, "dns"))
    dns(n);
  else
    return fprintf(stderr, "usage: work queue|dns [n=N] [us=N]\n"), 2;
  return 0;
}
