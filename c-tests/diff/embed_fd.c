/* An embedder that only polls uv_backend_fd: while there is more to read or to
 * accept it must be readable, and when all is done it must fall silent. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t, server, c[4];
static int bytes, accepted, peer, nothing;

static void alloc_one(uv_handle_t *h, size_t n, uv_buf_t *b) {
  static char one[1];
  (void) h;
  (void) n;
  *b = uv_buf_init(one, nothing ? 0 : 1);
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) b;
  if (n > 0) bytes++;
  if (n == UV_ENOBUFS && --nothing == 0) say("  buffers again");
  if (n < 0 && n != UV_ENOBUFS) {
    say("  %s", name(n));
    uv_read_stop(s);
  }
}
static void on_connection(uv_stream_t *s, int status) {
  MUST(status);
  MUST(uv_tcp_init(&loop, &c[accepted]));
  MUST(uv_accept(s, S(&c[accepted])));
  accepted++;
}
static int readable(int timeout) {
  struct pollfd p;
  p.fd = uv_backend_fd(&loop);
  p.events = POLLIN;
  return (int) AGAIN(poll(&p, 1, timeout));
}
/* Poll and turn until *what has reached its goal. */
static void follow(const char *title, const int *what, int goal) {
  while (*what < goal) {
    if (readable(8000) != 1) {
      say("%s: the descriptor is silent at %d of %d", title, *what, goal);
      return;
    }
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  say("%s: %d", title, *what);
}
/* After a few turns there is nothing more to be told. */
static void quiet(const char *when) {
  int i;
  for (i = 0; i < 4; i++) uv_run(&loop, UV_RUN_NOWAIT);
  say("%s: %s", when, readable(0) ? "NOT SILENT" : "silent");
}

int main(void) {
  char data[300];
  int i, port, fds[3];
  begin();
  memset(data, 'x', sizeof data);
  MUST(uv_loop_init(&loop));
  port = tcp_listener(&loop, &server, on_connection);
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_one, on_read));
  quiet("nothing happens");
  SYS(write(peer, data, 300));
  follow("bytes", &bytes, 300);
  quiet("all read");
  nothing = 5;
  SYS(write(peer, data, 40));
  follow("bytes, after some turns without buffers", &bytes, 340);
  quiet("all read");
  for (i = 0; i < 3; i++) fds[i] = plain_connect(port);
  follow("connections", &accepted, 3);
  quiet("all accepted");
  MUST(uv_read_stop(S(&t)));
  SYS(write(peer, data, 1));
  settle_handle(&t, POLLIN);
  quiet("data for nobody");
  close(peer);
  settle_handle(&t, POLLRDHUP);
  quiet("a hang-up for nobody");
  MUST(uv_read_start(S(&t), alloc_one, on_read));
  quiet("read to the end");
  for (i = 0; i < 3; i++) close(fds[i]);
  quiet("the clients are gone");
  close_all(&loop);
  return finish(&loop);
}
