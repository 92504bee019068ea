/* The other end goes away: what a reader and a writer are told, and that data
 * that is left behind is read first. */
#include "trace.h"

static uv_loop_t loop;
static uv_pipe_t p;
static uv_write_t w[3];
static int ended;
static char small[3];

static void alloc_small(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  (void) h;
  say("alloc %d", (int) n);
  *buf = uv_buf_init(small, sizeof small);
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("p", n, b);
  say("  a buffer: %d", b->base != NULL);
  if (n < 0) ended = 1;
}
static void stop_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("p", n, b);
  if (n < 0) ended = 1;
  TRY(uv_read_stop(s));
}
static void write_cb(uv_write_t *r, int status) {
  say("write %d: %s", (int) (r - w), name(status));
}

static void attach(int fd) {
  MUST(uv_pipe_init(&loop, &p, 0));
  MUST(uv_pipe_open(&p, fd));
  ended = 0;
}
static void gone(void) {
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);
}

static void reader(int fds[2]) {
  attach(fds[0]);
  TRY(uv_read_start(S(&p), alloc_small, read_cb));
  put(fds[1], "seven b");
  close(fds[1]);
  UNTIL(&loop, ended);
  say("readable %d, active %d", uv_is_readable(S(&p)), uv_is_active(H(&p)));
  gone();
}

static void late_reader(int fds[2]) {
  attach(fds[0]);
  put(fds[1], "left");
  close(fds[1]);
  run(&loop, UV_RUN_NOWAIT);
  while (!ended) {
    MUST(uv_read_start(S(&p), alloc_small, stop_cb));
    uv_run(&loop, UV_RUN_ONCE);
  }
  gone();
}

static void writer(int fd, int gone_end) {
  uv_buf_t x = text_buf("x");
  attach(fd);
  close(gone_end);
  TRY(uv_try_write(S(&p), &x, 1));
  TRY(uv_write(&w[0], S(&p), &x, 1, write_cb));
  TRY(uv_write(&w[1], S(&p), &x, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_write(&w[2], S(&p), &x, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  gone();
}

/* A write waits for room, and the reader leaves instead of reading. */
static void blocked_writer(int fds[2]) {
  static char lots[1 << 20];
  uv_buf_t b = uv_buf_init(lots, sizeof lots), x = text_buf("x");
  attach(fds[1]);
  TRY(uv_write(&w[0], S(&p), &b, 1, write_cb));
  TRY(uv_write(&w[1], S(&p), &x, 1, write_cb));
  run(&loop, UV_RUN_NOWAIT);
  close(fds[0]);
  run(&loop, UV_RUN_DEFAULT);
  say("queued %d", (int) uv_stream_get_write_queue_size(S(&p)));
  gone();
}

int main(void) {
  int fds[2];
  begin();
  MUST(uv_loop_init(&loop));
  say("pipe, reader");
  SYS(pipe2(fds, O_CLOEXEC));
  reader(fds);
  say("socket, reader");
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  reader(fds);
  say("pipe, late reader");
  SYS(pipe2(fds, O_CLOEXEC));
  late_reader(fds);
  say("socket, late reader");
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  late_reader(fds);
  say("pipe, writer");
  SYS(pipe2(fds, O_CLOEXEC));
  writer(fds[1], fds[0]);
  say("socket, writer");
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  writer(fds[1], fds[0]);
  say("pipe, blocked writer");
  SYS(pipe2(fds, O_CLOEXEC));
  blocked_writer(fds);
  say("socket, blocked writer");
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  blocked_writer(fds);
  return finish(&loop);
}
