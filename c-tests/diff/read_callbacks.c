/* Stopping, starting, swapping and closing inside a read callback. */
#include "trace.h"

static uv_loop_t loop;
static char small[2];
static int mode;

static void alloc_small(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  (void) h;
  (void) suggested;
  *buf = uv_buf_init(small, sizeof small);
}
static void alloc_other(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  static char one[1];
  (void) h;
  (void) suggested;
  *buf = uv_buf_init(one, sizeof one);
}
static void second(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("second", n, b);
}
static void first(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("first", n, b);
  switch (mode) {
  case 0: TRY(uv_read_stop(s)); break;
  case 1:
    TRY(uv_read_stop(s));
    TRY(uv_read_start(s, alloc_small, first));
    if (n == 0) uv_read_stop(s);
    break;
  case 2:
    TRY(uv_read_start(s, alloc_small, second));
    TRY(uv_read_stop(s));
    TRY(uv_read_start(s, alloc_other, second));
    break;
  case 3: CLOSE(s); break;
  case 4:
    TRY(uv_read_stop(s));
    CLOSE(s);
    TRY(uv_read_start(s, alloc_small, second));
    TRY(uv_read_stop(s));
    break;
  }
}

int main(void) {
  static uv_tcp_t t;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  for (mode = 0; mode < 5; mode++) {
    say("mode %d", mode);
    peer = tcp_with_peer(&loop, &t);
    put(peer, "abcdefgh");
    settle_handle(&t, POLLIN);
    MUST(uv_read_start(S(&t), alloc_small, first));
    run(&loop, UV_RUN_ONCE);
    run(&loop, UV_RUN_NOWAIT);
    if (mode == 0) {
      say("active %d alive %d", uv_is_active(H(&t)), uv_loop_alive(&loop));
      TRY(uv_read_start(S(&t), alloc_small, second));
      run(&loop, UV_RUN_NOWAIT);
    }
    if (!uv_is_closing(H(&t))) CLOSE(&t);
    run(&loop, UV_RUN_DEFAULT);
    close(peer);
  }
  say("arguments");
  peer = tcp_with_peer(&loop, &t);
  TRY(uv_read_start(NULL, alloc_small, first));
  TRY(uv_read_start(S(&t), NULL, first));
  TRY(uv_read_start(S(&t), alloc_small, NULL));
  TRY(uv_read_stop(S(&t)));
  TRY(uv_read_start(S(&t), alloc_small, first));
  TRY(uv_read_start(S(&t), alloc_small, first));
  say("active %d alive %d", uv_is_active(H(&t)), uv_loop_alive(&loop));
  TRY(uv_read_stop(S(&t)));
  TRY(uv_read_stop(S(&t)));
  CLOSE(&t);
  TRY(uv_read_stop(S(&t)));
  TRY(uv_read_start(S(&t), alloc_small, first));
  run(&loop, UV_RUN_DEFAULT);
  close(peer);
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_read_start(S(&t), alloc_small, first));
  TRY(uv_read_stop(S(&t)));
  close_all(&loop);
  return finish(&loop);
}
