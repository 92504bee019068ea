/* A child that has ended stays a zombie until the loop runs: the exit is collected in
 * the loop's turn. */
#include "trace.h"

static uv_loop_t loop;
static uv_process_t child;
static int called;

static void on_child(uv_process_t *p, int64_t status, int sig) {
  (void) p;
  called = 1;
  say("  exit status %d, signal %d", (int) status, sig);
}

static char state_of(int pid) {
  char path[64], text[256], *end;
  FILE *f;
  size_t n;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  f = fopen(path, "r");
  if (!f) return '-';
  n = fread(text, 1, sizeof text - 1, f);
  fclose(f);
  text[n] = 0;
  end = strrchr(text, ')');
  return end ? end[2] : '?';
}

int main(void) {
  char *args[] = {(char *) "true", NULL};
  uv_process_options_t o;
  siginfo_t info;
  begin();
  MUST(uv_loop_init(&loop));
  memset(&o, 0, sizeof o);
  o.file = "true";
  o.args = args;
  o.exit_cb = on_child;
  MUST(uv_spawn(&loop, &child, &o));
  SYS(waitid(P_PID, (id_t) child.pid, &info, WEXITED | WNOWAIT));
  say("ended, the loop has not run: state %c", state_of(child.pid));
  while (!called) uv_run(&loop, UV_RUN_NOWAIT);
  say("the loop has run: state %c", state_of(child.pid));
  close_all(&loop);
  return finish(&loop);
}
