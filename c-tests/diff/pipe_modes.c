/* What a descriptor was opened for decides what the pipe can do. */
#include "files.h"

#include <sys/stat.h>

static uv_loop_t loop;
static uv_pipe_t p, q;
static uv_write_t w;
static uv_shutdown_t sd;

static void write_cb(uv_write_t *r, int status) {
  (void) r;
  say("  written: %s", name(status));
}
static void shutdown_cb(uv_shutdown_t *r, int status) {
  (void) r;
  say("  shut down: %s", name(status));
}

static void describe(const char *what, int fd) {
  uv_buf_t x = text_buf("x");
  MUST(uv_pipe_init(&loop, &p, 0));
  p.data = "it";
  say("%s", what);
  if (TRY(uv_pipe_open(&p, fd)) == 0) {
    say("  nonblocking %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    say("  readable %d, writable %d", uv_is_readable(S(&p)),
        uv_is_writable(S(&p)));
    TRY(uv_pipe_open(&p, fd));
    TRY(uv_read_start(S(&p), alloc_static, read_say));
    MUST(uv_pipe_init(&loop, &q, 0));
    TRY(uv_pipe_open(&q, fd));
    uv_close(H(&q), NULL);
    TRY(uv_read_stop(S(&p)));
    TRY(uv_try_write(S(&p), &x, 1));
    if (TRY(uv_write(&w, S(&p), &x, 1, write_cb)) == 0)
      uv_run(&loop, UV_RUN_DEFAULT);
    if (TRY(uv_shutdown(&sd, S(&p), shutdown_cb)) == 0)
      uv_run(&loop, UV_RUN_DEFAULT);
  }
  uv_close(H(&p), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("  still open: %d", fcntl(fd, F_GETFD) != -1);
}

int main(void) {
  int fds[2];
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  SYS(pipe2(fds, O_CLOEXEC));
  describe("reading end", fds[0]);
  close(fds[1]);
  SYS(pipe2(fds, O_CLOEXEC));
  describe("writing end", fds[1]);
  close(fds[0]);
  SYS(pipe2(fds, O_CLOEXEC));
  close(fds[0]);
  describe("writing end without a reader", fds[1]);
  SYS(mkfifo("fifo", 0600));
  describe("both ends of a FIFO", open("fifo", O_RDWR | O_CLOEXEC));
  unlink("fifo");
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  describe("socket", fds[0]);
  close(fds[1]);
  say("nothing");
  MUST(uv_pipe_init(&loop, &p, 0));
  TRY(uv_pipe_open(&p, 999));
  TRY(uv_pipe_open(&p, -1));
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);
  leave_scratch();
  return finish(&loop);
}
