/* uv_run inside the read callback of a TCP stream that leaves some of what can be read,
 * while another is ready: who is called there, and in which order. The callback may have
 * stopped its handle, or closed it and had the descriptor's number reused; and callbacks
 * inside may run the loop again. What reads nothing is left out: libuv looks again at what
 * an inner run has read already. */
#include "trace.h"

enum { REUSE = 1, STOP = 2, TWICE = 4, B_RUNS = 8, C_RUNS = 16, MODES = 32, DEEPEST = 3 };

static uv_loop_t loop;
static uv_tcp_t a, b, c;
static int to_a, to_b, to_c, mode, depth;

static void alloc_few(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  alloc_static(h, suggested, buf);
  buf->len = 3;
}
static void turn(void) { run(&loop, UV_RUN_NOWAIT); }
static void inside(int times) {
  if (depth == DEEPEST) return;
  depth++;
  while (times-- > 0) turn();
  depth--;
}

static void read_b(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void) s;
  if (n == 0) return;
  say_read("  b", n, buf);
  if (mode & B_RUNS) inside(1);
}
static void read_c(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void) s;
  if (n == 0) return;
  say_read("  c", n, buf);
  if (mode & C_RUNS) inside(2);
}
static void read_a(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  if (n == 0) return;
  say_read("  a", n, buf);
  if (depth) return;
  if (mode & REUSE) {
    CLOSE(&a);
    to_b = tcp_with_peer(&loop, &b);
    MUST(uv_read_start(S(&b), alloc_few, read_b));
    put(to_b, "bbbbbbb");
    settle_handle(&b, POLLIN);
  } else if (mode & STOP) {
    MUST(uv_read_stop(s));
  }
  inside(1);
  if ((mode & (STOP | REUSE)) == STOP) MUST(uv_read_start(s, alloc_few, read_a));
  if (mode & TWICE) inside(1);
}

int main(void) {
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (mode = 0; mode < MODES; mode++) {
    say("mode %d", mode);
    to_a = tcp_with_peer(&loop, &a);
    to_c = tcp_with_peer(&loop, &c);
    MUST(uv_read_start(S(&a), alloc_few, read_a));
    MUST(uv_read_start(S(&c), alloc_few, read_c));
    uv_run(&loop, UV_RUN_NOWAIT);
    put(to_a, "aaaaaaa");
    settle_handle(&a, POLLIN);
    put(to_c, "ccccccc");
    settle_handle(&c, POLLIN);
    for (i = 0; i < 6; i++) turn();
    if (mode & REUSE) {
      CLOSE(&b);
      close(to_b);
    } else {
      CLOSE(&a);
    }
    CLOSE(&c);
    uv_run(&loop, UV_RUN_NOWAIT);
    close(to_a);
    close(to_c);
  }
  close_all(&loop);
  return finish(&loop);
}
