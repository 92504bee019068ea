/* The library leaves descriptors 0 to 2 alone, and takes what the program set
 * up on them as it is. */
#include "trace.h"

static void state(const char *when) {
  int i;
  for (i = 0; i < 3; i++)
    say("%s: %d open %d, cloexec %d", when, i, fcntl(i, F_GETFD) != -1,
        (fcntl(i, F_GETFD) & FD_CLOEXEC) != 0);
}

int main(void) {
  uv_loop_t loop;
  static uv_tcp_t t;
  int peer, saved;
  begin();
  state("before");
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_say));
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  close_all(&loop);
  state("after");
  MUST(uv_loop_close(&loop));
  say("a loop made while 0 is closed");
  saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
  close(0);
  MUST(uv_loop_init(&loop));
  say("0 taken by the loop: %d", fcntl(0, F_GETFD) != -1);
  MUST(uv_loop_close(&loop));
  SYS(dup2(saved, 0));
  close(saved);
  uv_disable_stdio_inheritance();
  state("inheritance disabled");
  leftovers();
  return 0;
}
