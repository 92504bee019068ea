/* Reading and writing are asked for before the connection is there. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_connect_t c;
static uv_write_t w[2];
static int over;

static void on_connect(uv_connect_t *r, int status) {
  (void) r;
  say("connected: %s", name(status));
}
static void on_write(uv_write_t *r, int status) {
  say("%s: %s", (const char *) r->data, name(status));
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("t", n, b);
  if (n < 0) {
    over = 1;
    CLOSE(s);
  }
}

int main(void) {
  struct sockaddr_in a;
  uv_buf_t x = text_buf("one"), y = text_buf("two");
  int port, hold, l, fd;
  begin();
  l = plain_listen(&port, 4);
  w[0].data = "first";
  w[1].data = "second";
  MUST(uv_loop_init(&loop));
  a = loopback(port);
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_read_start(S(&t), alloc_static, on_read));
  MUST(uv_tcp_connect(&c, &t, SA(&a), on_connect));
  TRY(uv_read_start(S(&t), alloc_static, on_read));
  TRY(uv_write(&w[0], S(&t), &x, 1, on_write));
  TRY(uv_write(&w[1], S(&t), &y, 1, on_write));
  say("queue %d, active %d", (int) t.write_queue_size, uv_is_active(H(&t)));
  SYS(fd = accept4(l, NULL, NULL, SOCK_CLOEXEC));
  put(fd, "hello");
  settle_handle(&t, POLLIN);
  run(&loop, UV_RUN_ONCE);
  uv_run(&loop, UV_RUN_NOWAIT);
  {
    char buf[7] = "";
    get(fd, buf, 6);
    say("peer got %s", buf);
  }
  close(fd);
  UNTIL(&loop, over);
  run(&loop, UV_RUN_DEFAULT);

  say("refused");
  over = 0;
  a = loopback(closed_port(&hold));
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_connect(&c, &t, SA(&a), on_connect));
  TRY(uv_read_start(S(&t), alloc_static, on_read));
  TRY(uv_write(&w[0], S(&t), &x, 1, on_write));
  run(&loop, UV_RUN_ONCE);
  say("active %d", uv_is_active(H(&t)));
  close(hold);
  close(l);
  close_all(&loop);
  return finish(&loop);
}
