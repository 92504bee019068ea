/* Killing a child and what it has started: UV_PROCESS_DETACHED makes the child the leader
 * of a process group, and uv_kill of the negated pid reaches all of it. */
#include "trace.h"

static uv_loop_t loop;
static uv_process_t child;
static uv_pipe_t output;
static int started, exit_signal;

static void on_end(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  if (n > 0) {
    started += (int) n;
    (void) buf;
    if (started == 2) TRY(uv_kill(-child.pid, SIGKILL));
  } else if (n < 0) {
    say("  output: %s: the grandchild is gone too", name(n));
    uv_close(H(s), NULL);
  }
}

static void on_child(uv_process_t *p, int64_t status, int sig) {
  exit_signal = sig;
  (void) status;
  uv_close(H(p), NULL);
}

int main(void) {
  char *args[] = {(char *) "sh", (char *) "-c",
                  (char *) "(printf g; sleep 60) & printf c; wait", NULL};
  uv_stdio_container_t stdio[2];
  uv_process_options_t o;
  begin();
  MUST(uv_loop_init(&loop));
  memset(&o, 0, sizeof o);
  memset(stdio, 0, sizeof stdio);
  MUST(uv_pipe_init(&loop, &output, 0));
  stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = S(&output);
  o.file = "sh";
  o.args = args;
  o.flags = UV_PROCESS_DETACHED;
  o.stdio_count = 2;
  o.stdio = stdio;
  o.exit_cb = on_child;
  MUST(uv_spawn(&loop, &child, &o));
  MUST(uv_read_start(S(&output), alloc_static, on_end));
  UNTIL(&loop, !uv_is_active(H(&child)));
  UNTIL(&loop, uv_is_closing(H(&output)));
  say("the child ended by signal %d", exit_signal);
  close_all(&loop);
  return finish(&loop);
}
