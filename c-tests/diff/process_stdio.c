/* Streams between parent and child. */
#include "trace.h"

static uv_loop_t loop;
static uv_process_t p;
static uv_process_options_t o;
static uv_stdio_container_t io[4];
static uv_pipe_t in, out, both;
static uv_write_t w;
static uv_shutdown_t sd;
static char got[256];
static int64_t exit_status = -1;

static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  (void) h;
  (void) signum;
  exit_status = status;
}
/* The end of a child and the end of its output come in any order, so the one is
 * told after the other. */
static void end_of_child(uv_pipe_t *reader) {
  while ((reader && uv_is_active(H(reader))) || uv_is_active(H(&p)))
    uv_run(&loop, UV_RUN_ONCE);
  say("  exit %" PRId64, exit_status);
  exit_status = -1;
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  if (n > 0) strncat(got, b->base, n);
  if (n < 0) {
    say("  read [%s] then %s", got, name(n));
    got[0] = 0;
  }
}
static void on_write(uv_write_t *r, int status) {
  (void) r;
  say("  write %s", name(status));
}
static void on_shutdown(uv_shutdown_t *r, int status) {
  (void) r;
  say("  shutdown %s", name(status));
}
static void spawn_it(char *script, int count) {
  char *args[] = {"/bin/sh", "-c", script, NULL};
  memset(&o, 0, sizeof o);
  o.file = args[0];
  o.args = args;
  o.exit_cb = on_exit_;
  o.stdio = io;
  o.stdio_count = count;
  TRY(uv_spawn(&loop, &p, &o));
}
static void pipe_at(int at, uv_pipe_t *pipe, int flags, const char *data) {
  MUST(uv_pipe_init(&loop, pipe, 0));
  pipe->data = (void *) data;
  io[at].flags = UV_CREATE_PIPE | flags;
  io[at].data.stream = S(pipe);
}
static void traits(const char *what, uv_pipe_t *pipe) {
  uv_os_fd_t fd;
  int r = uv_fileno(H(pipe), &fd);
  say("  %s: readable %d, writable %d, fd %s, nonblocking %d, cloexec %d", what,
      uv_is_readable(S(pipe)), uv_is_writable(S(pipe)), name(r),
      r == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0,
      r == 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

int main(void) {
  uv_buf_t text = text_buf("to the child");
  begin();
  MUST(uv_loop_init(&loop));

  say("in and out");
  pipe_at(0, &in, UV_READABLE_PIPE, "in");
  pipe_at(1, &out, UV_WRITABLE_PIPE, "out");
  spawn_it("cat", 2);
  traits("in", &in);
  traits("out", &out);
  MUST(uv_write(&w, S(&in), &text, 1, on_write));
  MUST(uv_shutdown(&sd, S(&in), on_shutdown));
  MUST(uv_read_start(S(&out), alloc_static, on_read));
  end_of_child(&out);
  CLOSE(&out);
  CLOSE(&in);
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);

  say("one for both directions, asked for as non-blocking");
  io[0].flags = io[1].flags = io[2].flags = UV_IGNORE;
  pipe_at(3, &both, UV_READABLE_PIPE | UV_WRITABLE_PIPE | UV_NONBLOCK_PIPE, "both");
  spawn_it("cat <&3 >&3", 4);
  traits("both", &both);
  MUST(uv_write(&w, S(&both), &text, 1, on_write));
  MUST(uv_shutdown(&sd, S(&both), on_shutdown));
  MUST(uv_read_start(S(&both), alloc_static, on_read));
  end_of_child(&both);
  CLOSE(&both);
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);

  say("neither direction");
  pipe_at(0, &in, 0, "in");
  spawn_it("exit 0", 1);
  traits("in", &in);
  TRY(uv_read_start(S(&in), alloc_static, on_read));
  TRY(uv_write(&w, S(&in), &text, 1, on_write));
  end_of_child(NULL);
  CLOSE(&in);
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);

  say("the program does not start: the streams are open all the same");
  pipe_at(0, &in, UV_READABLE_PIPE, "in");
  pipe_at(1, &out, UV_WRITABLE_PIPE, "out");
  {
    char *args[] = {"/nonexistent", NULL};
    memset(&o, 0, sizeof o);
    o.file = args[0];
    o.args = args;
    o.exit_cb = on_exit_;
    o.stdio = io;
    o.stdio_count = 2;
    TRY(uv_spawn(&loop, &p, &o));
  }
  traits("in", &in);
  traits("out", &out);
  MUST(uv_read_start(S(&out), alloc_static, on_read));
  TRY(uv_write(&w, S(&in), &text, 1, on_write));
  UNTIL(&loop, !uv_is_active(H(&out)));
  CLOSE(&out);
  CLOSE(&in);
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);

  say("a pipe that is open already");
  pipe_at(0, &in, UV_READABLE_PIPE, "in");
  pipe_at(1, &out, UV_WRITABLE_PIPE, "out");
  {
    int fds[2];
    SYS(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    MUST(uv_pipe_open(&out, fds[0]));
    spawn_it("exit 0", 2);
    say("  process active %d", uv_is_active(H(&p)));
    close(fds[1]);
  }
  end_of_child(NULL);
  CLOSE(&p);
  CLOSE(&in);
  CLOSE(&out);
  run(&loop, UV_RUN_DEFAULT);

  say("handing on a stream, and a child that reads from it");
  {
    int fds[2];
    char answer[8];
    SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
    MUST(uv_pipe_init(&loop, &both, 0));
    MUST(uv_pipe_open(&both, fds[0]));
    both.data = "both";
    memset(io, 0, sizeof io);
    io[0].flags = io[1].flags = UV_INHERIT_STREAM;
    io[0].data.stream = io[1].data.stream = S(&both);
    SYS((int) write(fds[1], "hi\n", 3));
    spawn_it("read x; echo $x", 2);
    SYS((int) read(fds[1], answer, 3));
    say("  answer %.2s", answer);
    say("  flag of the shared descriptor: nonblocking %d",
        (fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0);
    close(fds[1]);
  }
  end_of_child(NULL);
  CLOSE(&p);
  CLOSE(&both);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
