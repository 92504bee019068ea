/* What came before accepting and before reading is there afterwards: data, the
 * end, a reset. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t server, c;
static int connected, over;

static void on_connection(uv_stream_t *s, int status) {
  (void) s;
  MUST(status);
  connected = 1;
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("c", n, b);
  if (n < 0) {
    over = 1;
    CLOSE(s);
  }
}

int main(void) {
  static const char *ends[] = {"the end", "a reset", "nothing more"};
  int i, k, port, fd;
  begin();
  MUST(uv_loop_init(&loop));
  port = tcp_listener(&loop, &server, on_connection);
  for (i = 0; i < 3; i++)
    for (k = 0; k < 2; k++) {
      say("data and %s, %s", ends[i], k ? "accepted late, read at once" : "accepted at once, read late");
      connected = over = 0;
      fd = plain_connect(port);
      put(fd, "early");
      if (k == 1 && i == 0) close(fd);
      while (!connected) {
        settle_handle(&server, POLLIN);
        uv_run(&loop, UV_RUN_NOWAIT);
      }
      MUST(uv_tcp_init(&loop, &c));
      if (k == 1) {
        run(&loop, UV_RUN_NOWAIT);
        if (i == 1) reset(fd);
      }
      TRY(uv_accept(S(&server), S(&c)));
      if (k == 0) {
        settle_handle(&c, POLLIN);
        run(&loop, UV_RUN_NOWAIT);
        if (i == 0) close(fd);
        if (i == 1) reset(fd);
        settle_handle(&c, i == 2 ? POLLIN : POLLRDHUP);
        run(&loop, UV_RUN_NOWAIT);
      } else {
        settle_handle(&c, i == 2 ? POLLIN : POLLRDHUP);
      }
      TRY(uv_read_start(S(&c), alloc_static, on_read));
      if (i == 2) {
        run(&loop, UV_RUN_ONCE);
        close(fd);
      }
      UNTIL(&loop, over);
      uv_run(&loop, UV_RUN_NOWAIT);
    }
  close_all(&loop);
  return finish(&loop);
}
