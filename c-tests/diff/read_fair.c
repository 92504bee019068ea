/* How many reads per turn when there is a lot of data and the buffers are
 * tiny, and does a second stream get its share? */
#include "trace.h"

static uv_loop_t loop;
static uv_prepare_t prepare;
static uv_check_t check;
static int reads[2], total[2], turns;
static uv_tcp_t t[2];

static void alloc_one(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  static char one[1];
  (void) h;
  (void) suggested;
  *buf = uv_buf_init(one, 1);
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  int i = s == S(&t[1]);
  (void) b;
  if (n > 0) {
    reads[i]++;
    total[i] += (int) n;
  } else {
    say("%d: %s", i, name(n));
    if (n < 0) CLOSE(s);
  }
}
static void on_prepare(uv_prepare_t *p) {
  (void) p;
  reads[0] = reads[1] = 0;
}
static void on_check(uv_check_t *c) {
  (void) c;
  say("turn %d: %d and %d reads", ++turns, reads[0], reads[1]);
}

int main(void) {
  char data[100];
  int peer[2], i;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_check_start(&check, on_check));
  uv_unref(H(&prepare));
  uv_unref(H(&check));
  memset(data, 'x', sizeof data);
  for (i = 0; i < 2; i++) {
    peer[i] = tcp_with_peer(&loop, &t[i]);
    SYS(write(peer[i], data, sizeof data));
    settle_handle(&t[i], POLLIN);
    MUST(uv_read_start(S(&t[i]), alloc_one, read_cb));
  }
  for (i = 0; i < 5; i++) uv_run(&loop, UV_RUN_NOWAIT);
  say("backend timeout %d", uv_backend_timeout(&loop));
  for (i = 0; i < 2; i++) {
    SYS(write(peer[i], data, 64));
    close(peer[i]);
    settle_handle(&t[i], POLLRDHUP);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  say("totals %d %d", total[0], total[1]);
  close_all(&loop);
  return finish(&loop);
}
