/* Closing and forking with signals on their way. */
#include "trace.h"

static uv_loop_t loop;
static uv_signal_t a, b;
static uv_check_t check;
static uv_prepare_t prepare;

static void on_signal(uv_signal_t *s, int signum) {
  (void) signum;
  say("  %s called", (const char *) s->data);
}
static void closes_other(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  CLOSE(&b);
}
static void in_prepare(uv_prepare_t *p) {
  (void) p;
  say("  prepare");
}
static void raise_and_close(uv_check_t *c) {
  say("  check raises and closes");
  raise(SIGUSR1);
  CLOSE(&a);
  CLOSE(c);
}
static void fresh(void) {
  MUST(uv_signal_init(&loop, &a));
  MUST(uv_signal_init(&loop, &b));
  a.data = "a";
  b.data = "b";
}

int main(void) {
  int status, leave[2];
  char byte;
  pid_t child;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_prepare_start(&prepare, in_prepare));
  uv_unref(H(&prepare));

  say("closed with an arrival in the pipe");
  fresh();
  MUST(uv_signal_start(&a, on_signal, SIGUSR1));
  MUST(uv_signal_start(&b, on_signal, SIGUSR1));
  raise(SIGUSR1);
  CLOSE(&a);
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&b);
  run(&loop, UV_RUN_DEFAULT);

  say("the arrival comes after the poll of this turn: the callback waits for the next");
  fresh();
  MUST(uv_check_init(&loop, &check));
  MUST(uv_check_start(&check, raise_and_close));
  MUST(uv_signal_start(&a, on_signal, SIGUSR1));
  MUST(uv_signal_start(&b, on_signal, SIGUSR1));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&b);
  run(&loop, UV_RUN_DEFAULT);

  say("stopped long ago, with an arrival in the pipe");
  fresh();
  MUST(uv_signal_start(&a, on_signal, SIGUSR1));
  raise(SIGUSR1);
  MUST(uv_signal_stop(&a));
  say("alive %d", uv_loop_alive(&loop));
  CLOSE(&a);
  CLOSE(&b);
  run(&loop, UV_RUN_DEFAULT);

  say("one closes the other, which is called next");
  fresh();
  MUST(uv_signal_start(&a, closes_other, SIGUSR1));
  MUST(uv_signal_start(&b, on_signal, SIGUSR1));
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&a);
  run(&loop, UV_RUN_DEFAULT);

  say("forked with an arrival in the pipe: it is the parent's");
  fresh();
  MUST(uv_signal_start(&a, on_signal, SIGUSR1));
  raise(SIGUSR1);
  SYS(pipe(leave));
  fflush(stdout);
  child = fork();
  if (child < 0) broken("fork");
  if (child == 0) {
    close(leave[1]);
    MUST(uv_loop_fork(&loop));
    say("child:");
    run(&loop, UV_RUN_NOWAIT);
    raise(SIGUSR1);
    run(&loop, UV_RUN_NOWAIT);
    CLOSE(&a);
    CLOSE(&b);
    run(&loop, UV_RUN_DEFAULT);
    _exit(AGAIN(read(leave[0], &byte, 1)) == 0 ? 7 : 8);
  }
  close(leave[0]);
  close(leave[1]);
  SYS(waitpid(child, &status, 0));
  say("parent: child left %d", WEXITSTATUS(status));
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&a);
  CLOSE(&b);
  run(&loop, UV_RUN_DEFAULT);

  say("kill");
  TRY(uv_kill(getpid(), 0));
  TRY(uv_kill(getpid(), -1));
  TRY(uv_kill(getpid(), 4096));
  TRY(uv_kill(0x7ffffff0, SIGTERM));
  uv_close(H(&prepare), NULL);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
