/* Order of write callbacks, the queue size at each step, odd buffer counts. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t again;

static void write_cb(uv_write_t *r, int status) {
  say("  %s: %s, nwritten %d, queue %d, type %d, handle %d",
      (const char *) r->data, name(status), (int) uv_write_nwritten(r),
      (int) t.write_queue_size, r->type == UV_WRITE, r->handle == S(&t));
}
static void write_again(uv_write_t *r, int status) {
  uv_buf_t b = text_buf("again");
  write_cb(r, status);
  TRY(uv_write(&again, S(&t), &b, 1, write_cb));
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("  t", n, b);
}

int main(void) {
  static uv_write_t r[8];
  static const char *names[] = {"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"};
  static uv_buf_t many[2500];
  static char got[2501];
  uv_buf_t b[6], empty = {0};
  int i, peer;
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  for (i = 0; i < 8; i++) r[i].data = (void *) names[i];
  again.data = "again";
  for (i = 0; i < 6; i++) b[i] = uv_buf_init((char *) "abcdef" + i, 1);

  say("several at once, one with a null callback");
  TRY(uv_write(&r[0], S(&t), b, 1, write_cb));
  say("queue %d", (int) t.write_queue_size);
  TRY(uv_write(&r[1], S(&t), b, 4, NULL));
  TRY(uv_write(&r[2], S(&t), b, 5, write_cb));
  TRY(uv_write(&r[3], S(&t), b, 6, write_again));
  say("queue %d, active %d, alive %d, reqs %d", (int) t.write_queue_size,
      uv_is_active(H(&t)), uv_loop_alive(&loop), loop.active_reqs.count);
  TRY(uv_loop_close(&loop));
  run(&loop, UV_RUN_ONCE);
  run(&loop, UV_RUN_DEFAULT);
  get(peer, got, 21);
  say("peer got %.21s", got);

  say("zero-length ones");
  TRY(uv_write(&r[0], S(&t), &empty, 1, write_cb));
  b[1].len = 0;
  TRY(uv_write(&r[1], S(&t), b, 3, write_cb));
  b[1].len = 1;
  many[0] = many[1] = many[2] = empty;
  TRY(uv_write(&r[2], S(&t), many, 3, write_cb));
  TRY(uv_write(&r[3], S(&t), b, 0, write_cb));
  TRY(uv_write(&r[3], S(&t), b, (unsigned) -1, write_cb));
  TRY(uv_write(&r[3], S(&t), b, 1024 * 1024 + 1, write_cb));
  TRY(uv_try_write(S(&t), &empty, 1));
  TRY(uv_try_write(S(&t), b, 0));
  run(&loop, UV_RUN_DEFAULT);
  get(peer, got, 2);
  say("peer got %.2s", got);

  say("more buffers than one system call takes");
  for (i = 0; i < 2500; i++) many[i] = uv_buf_init((char *) "0123456789" + i % 10, 1);
  TRY(uv_write(&r[0], S(&t), many, 2500, write_cb));
  say("queue drained at once: %d", t.write_queue_size == 0);
  run(&loop, UV_RUN_DEFAULT);
  get(peer, got, 2500);
  for (i = 0; i < 2500; i++)
    if (got[i] != '0' + i % 10) break;
  say("in order up to %d", i);
  TRY(uv_try_write(S(&t), many, 2500));
  get(peer, got, 1024);

  say("too much in one request");
  b[0].len = b[1].len = (size_t) 1 << 31;
  TRY(uv_write(&r[0], S(&t), b, 2, write_cb));
  TRY(uv_try_write(S(&t), b, 1));
  b[0].len = b[1].len = 1;

  say("read callback before write callbacks that finish in the same poll");
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  put(peer, "ping");
  settle_handle(&t, POLLIN);
  TRY(uv_write(&r[0], S(&t), b, 1, write_cb));
  run(&loop, UV_RUN_NOWAIT);

  say("other types of request");
  TRY(uv_write2(&r[0], S(&t), b, 1, S(&t), write_cb));
  TRY(uv_try_write2(S(&t), b, 1, S(&t)));
  TRY(uv_write2(&r[0], S(&t), b, 1, NULL, write_cb));
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
