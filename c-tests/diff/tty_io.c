/* Reading and writing a terminal, line by line and raw, and its end. */
#include "trace.h"

#include <termios.h>

static uv_loop_t loop;
static uv_tty_t t;
static uv_write_t w;
static uv_shutdown_t sd;
static int master, ended, reads;
static char small[4];

static void alloc_small(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  (void) h;
  (void) n;
  *buf = uv_buf_init(small, sizeof small);
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  int i;
  (void) s;
  reads++;
  if (n < 0) {
    say("read: %s", name(n));
    ended = 1;
    return;
  }
  say("read %d", (int) n);
  for (i = 0; i < n; i++) say("  %d", b->base[i]);
}
static void write_cb(uv_write_t *r, int status) {
  (void) r;
  say("written: %s", name(status));
}
static void shutdown_cb(uv_shutdown_t *r, int status) {
  (void) r;
  say("shut down: %s", name(status));
}
/* The kernel brings it over in its own time, and in pieces. */
static void echoed(int n) {
  char buf[64];
  int i;
  get(master, buf, (size_t) n);
  say("the other side gets %d", n);
  for (i = 0; i < n; i++) say("  %d", buf[i]);
}
static void no_more(void) {
  struct pollfd p = {master, POLLIN, 0};
  say("and no more: %d", (int) AGAIN(poll(&p, 1, 0)));
}
static void until(int n) {
  reads = 0;
  UNTIL(&loop, reads >= n || ended);
}
static int terminal(void) {
  char path[64];
  int fd;
  SYS(master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  SYS(grantpt(master));
  SYS(unlockpt(master));
  SYS(ptsname_r(master, path, sizeof path));
  SYS(fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
  MUST(uv_tty_init(&loop, &t, fd, 0));
  ended = 0;
  return fd;
}

int main(void) {
  uv_buf_t x = text_buf("hi\n");
  int fd;
  begin();
  MUST(uv_loop_init(&loop));
  fd = terminal();
  MUST(uv_read_start(S(&t), alloc_small, read_cb));

  say("half a line");
  put(master, "ab");
  run(&loop, UV_RUN_NOWAIT);
  say("the rest of it, and another");
  put(master, "cdef\n");
  until(2);
  put(master, "\n");
  until(1);
  echoed(10);
  say("end of input");
  put(master, "\4");
  UNTIL(&loop, ended);
  say("readable %d, active %d", uv_is_readable(S(&t)), uv_is_active(H(&t)));
  ended = 0;
  MUST(uv_read_start(S(&t), alloc_small, read_cb));

  say("raw");
  MUST(uv_tty_set_mode(&t, UV_TTY_MODE_RAW));
  put(master, "\r");
  until(1);
  put(master, "\4");
  until(1);
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  run(&loop, UV_RUN_NOWAIT);
  echoed(4);
  TRY(uv_try_write(S(&t), &x, 1));
  echoed(4);

  say("bytes as they are");
  MUST(uv_tty_set_mode(&t, UV_TTY_MODE_IO));
  TRY(uv_try_write(S(&t), &x, 1));
  echoed(3);
  no_more();

  say("shut down");
  TRY(uv_shutdown(&sd, S(&t), shutdown_cb));
  run(&loop, UV_RUN_NOWAIT);

  say("the other side leaves");
  put(master, "last");
  settle_handle(&t, POLLIN);
  close(master);
  UNTIL(&loop, ended);
  TRY(uv_try_write(S(&t), &x, 1));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(fd);
  return finish(&loop);
}
