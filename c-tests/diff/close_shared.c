/* A connection whose descriptor has a copy, as one that was passed to another process
 * has: once its handle is closed, its traffic wakes the loop no more. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;

static void traffic(const char *what, int peer, int copy) {
  int i, woken = 0;
  char c;
  for (i = 0; i < 20; i++) {
    struct pollfd backend = {uv_backend_fd(&loop), POLLIN, 0};
    put(peer, "x");
    settle(copy, POLLIN);
    woken += poll(&backend, 1, 0);
    uv_run(&loop, UV_RUN_NOWAIT);
    get(copy, &c, 1);
  }
  say("%s: woken %d times", what, woken);
}

static void turns(void) {
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void quiet_after_close(const char *what, int reads) {
  uv_os_fd_t fd;
  int peer = tcp_with_peer(&loop, &t), copy;
  if (reads) MUST(uv_read_start(S(&t), alloc_static, read_say));
  turns();
  MUST(uv_fileno(H(&t), &fd));
  copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  SYS(copy);
  uv_close(H(&t), NULL);
  turns();
  traffic(what, peer, copy);
  close(copy);
  close(peer);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  quiet_after_close("it was reading", 1);
  quiet_after_close("it was not", 0);
  return finish(&loop);
}
