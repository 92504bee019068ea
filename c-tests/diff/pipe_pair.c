/* uv_pipe's flags, and uv_pipe_chmod's. */
#include "files.h"

#include <sys/stat.h>

static uv_loop_t loop;
static uv_pipe_t p;

static void pair(int reading, int writing) {
  uv_file fds[2] = {-1, -1};
  int i;
  say("uv_pipe(%d, %d) -> %s", reading, writing,
      name(uv_pipe(fds, reading, writing)));
  for (i = 0; i < 2; i++) {
    say("  end %d: nonblocking %d, mode %d, closed by exec %d", i,
        (fcntl(fds[i], F_GETFL) & O_NONBLOCK) != 0,
        fcntl(fds[i], F_GETFL) & O_ACCMODE,
        (fcntl(fds[i], F_GETFD) & FD_CLOEXEC) != 0);
    close(fds[i]);
  }
}

static void allow(int flags) {
  struct stat st;
  int r = uv_pipe_chmod(&p, flags);
  SYS(stat("mode", &st));
  say("chmod %d -> %s, mode %o", flags, name(r), st.st_mode & 0777);
}

int main(void) {
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  umask(077);
  pair(0, 0);
  pair(UV_NONBLOCK_PIPE, 0);
  pair(0, UV_NONBLOCK_PIPE);
  pair(UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE);
  pair(UV_READABLE_PIPE, 1);

  TRY(uv_pipe_chmod(NULL, UV_READABLE));
  MUST(uv_pipe_init(&loop, &p, 0));
  TRY(uv_pipe_chmod(&p, UV_READABLE));
  MUST(uv_pipe_bind(&p, "mode"));
  allow(0);
  allow(UV_READABLE);
  allow(UV_WRITABLE);
  allow(UV_READABLE | UV_WRITABLE);
  allow(4);
  allow(UV_READABLE | 4);
  allow(-1);
  unlink("mode");
  TRY(uv_pipe_chmod(&p, UV_READABLE));
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);

  MUST(uv_pipe_init(&loop, &p, 0));
  MUST(uv_pipe_bind2(&p, "\0libuv-diff-chmod", 17, 0));
  TRY(uv_pipe_chmod(&p, UV_READABLE));
  say("pending %d, type %d", uv_pipe_pending_count(&p),
      uv_pipe_pending_type(&p));
  uv_pipe_pending_instances(&p, 7);
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);
  leave_scratch();
  return finish(&loop);
}
