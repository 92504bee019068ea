/* Writes of nothing, to a peer that is there and to one that is gone: several empty
 * buffers are done at once even then, one is told, and the order is that of the calls. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t tcp;
static uv_pipe_t pipe_;
static uv_write_t writes[8];

static void write_cb(uv_write_t *w, int status) {
  say("  %d: %s", (int) (w - writes), name(status));
}

static void write_all(uv_stream_t *s) {
  /* How many buffers, and how long the first is. */
  static const int lens[][2] = {{2, 0}, {1, 0}, {3, 5}, {2, 0}, {1, 7}, {6, 0}, {1, 0}};
  uv_buf_t bufs[6];
  int i, j;
  for (i = 0; i < COUNT(lens); i++) {
    for (j = 0; j < COUNT(bufs); j++) bufs[j] = uv_buf_init("-------", 0);
    bufs[0].len = (size_t) lens[i][1];
    show("  write", uv_write(&writes[i], s, bufs, (unsigned) lens[i][0], write_cb));
  }
  bufs[0].len = 0;
  show("  try one", uv_try_write(s, bufs, 1));
  show("  try two", uv_try_write(s, bufs, 2));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  show("  try one", uv_try_write(s, bufs, 1));
  show("  try two", uv_try_write(s, bufs, 2));
  say("  queued: %d", (int) uv_stream_get_write_queue_size(s));
}

int main(void) {
  int fds[2], peer;
  begin();
  MUST(uv_loop_init(&loop));
  say("TCP");
  peer = tcp_with_peer(&loop, &tcp);
  write_all(S(&tcp));
  peer_sees(peer, 100);
  say("TCP that was reset");
  reset(peer);
  settle_handle(&tcp, POLLHUP);
  write_all(S(&tcp));
  close_all(&loop);

  say("a pipe");
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  MUST(uv_pipe_init(&loop, &pipe_, 0));
  MUST(uv_pipe_open(&pipe_, fds[0]));
  write_all(S(&pipe_));
  peer_sees(fds[1], 100);
  say("a pipe whose peer is gone");
  close(fds[1]);
  write_all(S(&pipe_));
  close_all(&loop);
  return finish(&loop);
}
