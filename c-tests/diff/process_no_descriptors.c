/* Spawning when descriptors run out: an error, or a child that is heard of.
 * Not under valgrind: it needs descriptors of its own where none are left. */
#include "trace.h"

static uv_loop_t loop;
static uv_process_t p;

static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  say("  exit %" PRId64 ", signal %d", status, signum);
  uv_close(H(h), NULL);
}

int main(void) {
  int taken[200], count, left, errors = 0, started = 0;
  char *args[] = {"/bin/sh", "-c", "exit 3", NULL};
  uv_process_options_t o;
  struct rlimit limit = {128, 128};
  begin();
  SYS(setrlimit(RLIMIT_NOFILE, &limit));
  memset(&o, 0, sizeof o);
  o.file = args[0];
  o.args = args;
  o.exit_cb = on_exit_;
  MUST(uv_loop_init(&loop));
  MUST(uv_spawn(&loop, &p, &o));
  run(&loop, UV_RUN_DEFAULT);
  for (count = 0; count < COUNT(taken); count++)
    if ((taken[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) break;
  /* With none left up to four, whatever works must be heard of. */
  for (left = 0; left <= 4; left++) {
    int r = uv_spawn(&loop, &p, &o);
    if (r) {
      errors++;
      if (r != UV_EMFILE) say("unexpected %s", name(r));
      uv_close(H(&p), NULL);
    } else {
      started++;
    }
    fflush(stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(taken[--count]);
  }
  say("together %d", errors + started);
  {
    uv_stdio_container_t io[1];
    uv_pipe_t pipe;
    o.stdio = io;
    o.stdio_count = 1;
    io[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
    io[0].data.stream = S(&pipe);
    MUST(uv_pipe_init(&loop, &pipe, 0));
    pipe.data = NULL;
    while ((taken[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) count++;
    TRY(uv_spawn(&loop, &p, &o));
    say("active %d, alive %d", uv_is_active(H(&p)), uv_loop_alive(&loop));
    close(taken[--count]);
    TRY(uv_spawn(&loop, &p, &o));
    CLOSE(&p);
    CLOSE(&pipe);
    run(&loop, UV_RUN_DEFAULT);
  }
  while (count > 0) close(taken[--count]);
  return finish(&loop);
}
