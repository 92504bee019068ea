/* A slow reader: partial writes, queue sizes, try_write on a full buffer. */
#include "trace.h"

enum { BIG = 8 << 20 };

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t r[4];
static int done;
static uint64_t sum;

static void write_cb(uv_write_t *w, int status) {
  done++;
  say("  %s: %s, all written %d", (const char *) w->data, name(status),
      uv_write_nwritten(w) == (w == &r[0] ? BIG : 3));
  if (done == 4) say("  queue %d", (int) t.write_queue_size);
}

static void drain(void *arg) {
  static unsigned char buf[65536];
  uint64_t left = (uint64_t) BIG + 9;
  while (left > 0) {
    ssize_t n = AGAIN(read(*(int *) arg, buf, sizeof buf));
    ssize_t i;
    if (n <= 0) broken("drain");
    for (i = 0; i < n; i++) sum = sum * 31 + buf[i];
    left -= (uint64_t) n;
  }
}

int main(void) {
  uv_thread_t reader;
  uv_buf_t b, s = text_buf("abc");
  uint64_t expected = 0;
  char *big = malloc(BIG);
  int i, n, peer;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < BIG; i++) big[i] = (char) (i * 7 + i / 251);
  for (i = 0; i < BIG; i++) expected = expected * 31 + (unsigned char) big[i];
  for (i = 0; i < 9; i++) expected = expected * 31 + (unsigned char) "abcabcabc"[i];
  peer = tcp_with_peer(&loop, &t);
  r[0].data = "big";
  r[1].data = "one";
  r[2].data = "two";
  r[3].data = "three";
  b = uv_buf_init(big, BIG);
  TRY(uv_write(&r[0], S(&t), &b, 1, write_cb));
  say("partly written: %d", t.write_queue_size > 0 && t.write_queue_size < BIG);
  say("nwritten agrees: %d",
      uv_write_nwritten(&r[0]) + t.write_queue_size == BIG);
  TRY(uv_try_write(S(&t), &s, 1));
  for (i = 1; i < 4; i++) TRY(uv_write(&r[i], S(&t), &s, 1, write_cb));
  say("nothing of the later ones: %d", (int) uv_write_nwritten(&r[3]));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  say("queue getter agrees: %d",
      uv_stream_get_write_queue_size(S(&t)) == t.write_queue_size);
  say("backend timeout %d", uv_backend_timeout(&loop));
  MUST(uv_thread_create(&reader, drain, &peer));
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_thread_join(&reader));
  say("bytes and order kept: %d", sum == expected);

  say("try_write until full, then when there is room again");
  n = 0;
  do {
    b = uv_buf_init(big, 65536);
    i = uv_try_write(S(&t), &b, 1);
    n += i > 0;
  } while (i > 0);
  say("wrote some %d, then %s", n > 0, name(i));
  say("queue %d, active %d", (int) t.write_queue_size, uv_is_active(H(&t)));
  {
    static char sink[65536];
    SYS(fcntl(peer, F_SETFL, O_NONBLOCK));
    do {
      settle(peer, POLLIN);
      while (read(peer, sink, sizeof sink) > 0) {}
      i = uv_try_write(S(&t), &s, 1);
    } while (i == UV_EAGAIN);
    say("then %d", i);
  }
  close(peer);
  close_all(&loop);
  free(big);
  return finish(&loop);
}
