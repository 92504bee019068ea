/* The program reads and writes the handle's descriptor itself, behind the
 * library's back, and the handle goes on working. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t w;

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  if (n != 0) say_read("t", n, b); /* 0 is allowed at any time */
}
static void on_write(uv_write_t *r, int status) { (void) r; say("written %s", name(status)); }

int main(void) {
  static char big[1 << 16];
  uv_buf_t x = text_buf("x");
  uv_os_fd_t fd;
  char buf[100];
  ssize_t n;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_fileno(H(&t), &fd));
  say("data is read away before reading starts");
  put(peer, "one");
  settle(fd, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  say("plain read %d", (int) AGAIN(read(fd, buf, sizeof buf)));
  MUST(uv_read_start(S(&t), alloc_static, on_read));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  put(peer, "two");
  settle(fd, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  say("and between two turns of reading");
  put(peer, "three");
  settle(fd, POLLIN);
  say("plain read %d", (int) AGAIN(read(fd, buf, sizeof buf)));
  run(&loop, UV_RUN_NOWAIT);
  put(peer, "four");
  settle(fd, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  say("the buffer is filled by plain writes, then a write waits");
  do n = AGAIN(write(fd, big, sizeof big));
  while (n > 0);
  say("full: %s", name(-errno));
  MUST(uv_write(&w, S(&t), &x, 1, on_write));
  say("queue %d", (int) t.write_queue_size);
  run(&loop, UV_RUN_NOWAIT);
  SYS(fcntl(peer, F_SETFL, O_NONBLOCK));
  while (t.write_queue_size) {
    settle(peer, POLLIN);
    while (read(peer, big, sizeof big) > 0) {}
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  while (read(peer, big, sizeof big) > 0) {}
  say("shut down by hand");
  SYS(shutdown(fd, SHUT_WR));
  TRY(uv_try_write(S(&t), &x, 1));
  MUST(uv_write(&w, S(&t), &x, 1, on_write));
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  run(&loop, UV_RUN_DEFAULT);
  close_all(&loop);
  return finish(&loop);
}
