/* Turns of the loop itself: an idle turn, many small handles, a quiet second. */
#include "common.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

static uint64_t calls;
static uv_loop_t loop;

static void on_idle(uv_idle_t *h) { (void)h, calls++; }
static void on_prepare(uv_prepare_t *h) { (void)h, calls++; }
static void on_check(uv_check_t *h) { (void)h, calls++; }

/* uv_run(NOWAIT) with one idle handle; an operation is a turn. */
static void turns(void) {
  uv_idle_t idle;
  uint64_t n = 0;
  BENCH_OK(uv_idle_init(&loop, &idle));
  BENCH_OK(uv_idle_start(&idle, on_idle));
  bench_begin();
  do {
    for (int i = 0; i < 256; i++, n++)
      uv_run(&loop, UV_RUN_NOWAIT);
  } while (!bench_over());
  bench_end("turn", n);
}

/* n of each kind; an operation is one callback. */
static void handles(size_t n) {
  uv_idle_t *idle = bench_alloc(n, sizeof *idle);
  uv_prepare_t *prepare = bench_alloc(n, sizeof *prepare);
  uv_check_t *check = bench_alloc(n, sizeof *check);
  for (size_t i = 0; i < n; i++) {
    BENCH_OK(uv_idle_init(&loop, &idle[i]));
    BENCH_OK(uv_idle_start(&idle[i], on_idle));
    BENCH_OK(uv_prepare_init(&loop, &prepare[i]));
    BENCH_OK(uv_prepare_start(&prepare[i], on_prepare));
    BENCH_OK(uv_check_init(&loop, &check[i]));
    BENCH_OK(uv_check_start(&check[i], on_check));
  }
  uv_run(&loop, UV_RUN_NOWAIT);
  calls = 0;
  bench_begin();
  do
    uv_run(&loop, UV_RUN_NOWAIT);
  while (!bench_over());
  bench_end("callback", calls);
}

static void on_timer(uv_timer_t *t) { uv_stop(t->loop); }
static void on_work(uv_work_t *w) { (void)w; }
static void after_work(uv_work_t *w, int status) { (void)w, (void)status; }
static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b) {
  static char space[4096];
  (void)h, (void)n;
  *b = uv_buf_init(space, sizeof space);
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void)s, (void)n, (void)b;
  calls++;
}

static void tcp_pair(int out[2]) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t n = sizeof a;
  int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BENCH_OK(bind(l, (struct sockaddr *)&a, n));
  BENCH_OK(listen(l, 1));
  BENCH_OK(getsockname(l, (struct sockaddr *)&a, &n));
  BENCH_OK(out[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  BENCH_OK(connect(out[0], (struct sockaddr *)&a, n));
  BENCH_OK(out[1] = accept4(l, NULL, NULL, SOCK_CLOEXEC));
  close(l);
}

/* A thousand far timers, a hundred silent sockets, a warm pool: what does one
 * second of nothing cost? The operation is the second. */
static void quiet(void) {
  enum { TIMERS = 1000, SOCKETS = 100, WORK = 64 };
  static uv_timer_t far[TIMERS], stop;
  static uv_tcp_t sock[SOCKETS];
  static uv_work_t work[WORK];
  int fd[2];
  for (int i = 0; i < TIMERS; i++) {
    BENCH_OK(uv_timer_init(&loop, &far[i]));
    BENCH_OK(uv_timer_start(&far[i], on_timer, 3600000 + bench_rand() % 3600000, 0));
  }
  for (int i = 0; i < SOCKETS; i++) {
    tcp_pair(fd);
    BENCH_OK(uv_tcp_init(&loop, &sock[i]));
    BENCH_OK(uv_tcp_open(&sock[i], fd[0]));
    BENCH_OK(uv_read_start((uv_stream_t *)&sock[i], on_alloc, on_read));
  }
  for (int i = 0; i < WORK; i++)
    BENCH_OK(uv_queue_work(&loop, &work[i], on_work, after_work));
  BENCH_OK(uv_timer_init(&loop, &stop));
  BENCH_OK(uv_timer_start(&stop, on_timer, 200, 0));
  uv_run(&loop, UV_RUN_DEFAULT);
  BENCH_OK(uv_timer_start(&stop, on_timer, 1000, 0));
  bench_begin();
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_end("second", 1);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  bench_init();
  BENCH_OK(uv_loop_init(&loop));
  if (!strcmp(mode, "turns"))
    turns();
  else if (!strcmp(mode, "handles"))
    handles(bench_num(argv, "n", 10000));
  else if (!strcmp(mode, "quiet"))
    quiet();
  else
    return fprintf(stderr, "usage: loop turns|handles|quiet [n=N]\n"), 2;
  return 0;
}
