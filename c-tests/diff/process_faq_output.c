/* A child's exit and the end of its output are two events, in either order: here a
 * grandchild holds the pipe after the child has exited, and a child closes its output
 * long before it exits. A program is done with a child when both have come. */
#include "trace.h"

static uv_loop_t loop;
static uv_process_t child;
static uv_pipe_t output;

static void on_end(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  say_read("  output", n, buf);
  if (n < 0) CLOSE(s);
}

static void on_child(uv_process_t *p, int64_t status, int sig) {
  say("  exit status %d, signal %d", (int) status, sig);
  CLOSE(p);
}

static void start(const char *script) {
  char *args[] = {(char *) "sh", (char *) "-c", (char *) script, NULL};
  uv_stdio_container_t stdio[2];
  uv_process_options_t o;
  memset(&o, 0, sizeof o);
  memset(stdio, 0, sizeof stdio);
  MUST(uv_pipe_init(&loop, &output, 0));
  stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = S(&output);
  o.file = "sh";
  o.args = args;
  o.stdio_count = 2;
  o.stdio = stdio;
  o.exit_cb = on_child;
  MUST(uv_spawn(&loop, &child, &o));
  MUST(uv_read_start(S(&output), alloc_static, on_end));
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  say("the exit first: a grandchild still holds the output");
  start("(sleep 0.3; echo late) & exit 3");
  run(&loop, UV_RUN_DEFAULT);
  say("the end of output first");
  start("echo early; exec >&-; sleep 0.3; exit 4");
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
