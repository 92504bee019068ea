/* uv_stream_set_blocking: a write returns when it is done. */
#include "trace.h"

enum { BIG = 8 << 20 };

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t w;

static void write_cb(uv_write_t *r, int status) {
  (void) r;
  say("  written: %s, queue %d", name(status), (int) t.write_queue_size);
}
static void drain(void *arg) {
  static char sink[65536];
  long left = BIG;
  while (left > 0) {
    ssize_t n = AGAIN(read(*(int *) arg, sink, sizeof sink));
    if (n <= 0) broken("drain");
    left -= n;
  }
}

int main(void) {
  uv_thread_t reader;
  char *big = calloc(1, BIG);
  uv_buf_t b = uv_buf_init(big, BIG);
  uv_os_fd_t fd;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_fileno(H(&t), &fd));
  say("nonblocking %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  TRY(uv_stream_set_blocking(S(&t), 1));
  say("nonblocking %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  MUST(uv_thread_create(&reader, drain, &peer));
  TRY(uv_write(&w, S(&t), &b, 1, write_cb));
  say("queue %d", (int) t.write_queue_size);
  MUST(uv_thread_join(&reader));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_stream_set_blocking(S(&t), 0));
  say("nonblocking %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);

  say("not blocking, nobody reads");
  peer = tcp_with_peer(&loop, &t);
  TRY(uv_stream_set_blocking(S(&t), 0));
  TRY(uv_write(&w, S(&t), &b, 1, write_cb));
  say("queued %d", t.write_queue_size > 0);
  close(peer);
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  free(big);
  return finish(&loop);
}
