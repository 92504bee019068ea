/* How long a write's memory must live: the bytes and the request until the callback, the
 * array of buffers only during the call. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t tcp;
static char *bytes;
enum { SIZE = 4 << 20 };

static void on_written(uv_write_t *req, int status) {
  say("  written: %s; now the bytes and the request may be freed", name(status));
  free(bytes);
  free(req);
}

int main(void) {
  int peer;
  size_t i, wrong = 0;
  char *seen;
  uv_write_t *req = malloc(sizeof *req);
  uv_buf_t *bufs = malloc(2 * sizeof *bufs);
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &tcp);
  bytes = malloc(SIZE);
  for (i = 0; i < SIZE; i++) bytes[i] = (char) (i * 7 >> 3);
  bufs[0] = uv_buf_init(bytes, SIZE / 2);
  bufs[1] = uv_buf_init(bytes + SIZE / 2, SIZE / 2);
  MUST(uv_write(req, S(&tcp), bufs, 2, on_written));
  memset(bufs, 0xa5, 2 * sizeof *bufs);
  free(bufs);
  say("the array is gone, much is unwritten: %s", uv_stream_get_write_queue_size(S(&tcp)) ? "yes" : "no");
  seen = malloc(SIZE);
  for (i = 0; i < SIZE;) {
    ssize_t n = recv(peer, seen + i, SIZE - i, MSG_DONTWAIT);
    if (n > 0)
      i += (size_t) n;
    else if (errno == EAGAIN)
      uv_run(&loop, UV_RUN_NOWAIT);
    else
      broken("recv");
  }
  for (i = 0; i < SIZE; i++) wrong += seen[i] != (char) (i * 7 >> 3);
  say("%d bytes arrived, %d of them wrong", (int) i, (int) wrong);
  close_all(&loop);
  free(seen);
  close(peer);
  return finish(&loop);
}
