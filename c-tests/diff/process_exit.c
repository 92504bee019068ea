/* Several children: the order of their callbacks, and what closing, killing and
 * stolen statuses do to them. */
#include "trace.h"

static uv_loop_t loop;
static uv_process_t p[5];
static uv_signal_t chld;
static uv_process_options_t o;
static int ended, told;

static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  say("  p%d: exit %" PRId64 ", signal %d, closing %d", (int) (h - p), status,
      signum, uv_is_closing(H(h)));
  ended++;
}
static void closes_the_next(uv_process_t *h, int64_t status, int signum) {
  on_exit_(h, status, signum);
  CLOSE(h + 1);
}
static void closes_itself(uv_process_t *h, int64_t status, int signum) {
  on_exit_(h, status, signum);
  CLOSE(h);
}
static void spawn_it(int at, char *script, uv_exit_cb cb) {
  char *args[] = {"/bin/sh", "-c", script, NULL};
  memset(&o, 0, sizeof o);
  o.file = args[0];
  o.args = args;
  o.exit_cb = cb;
  MUST(uv_spawn(&loop, &p[at], &o));
}
/* Wait until a child is a zombie, without reaping it. */
static void settle_child(int at) {
  siginfo_t info;
  SYS(waitid(P_PID, p[at].pid, &info, WEXITED | WNOWAIT));
}
static void on_chld(uv_signal_t *s, int signum) {
  (void) s;
  (void) signum;
  told++;
}
static int zombies(void) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  return waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid;
}
static void wait_ended(int n) {
  ended = 0;
  UNTIL(&loop, ended >= n);
}

int main(void) {
  int i;
  begin();
  MUST(uv_loop_init(&loop));

  say("ended in another order than started");
  for (i = 0; i < 3; i++) spawn_it(i, i == 1 ? "exit 11" : "sleep 0.05; exit 12", on_exit_);
  for (i = 2; i >= 0; i--) settle_child(i);
  wait_ended(3);
  for (i = 0; i < 3; i++) CLOSE(&p[i]);
  run(&loop, UV_RUN_DEFAULT);

  say("one closes the next, which has ended too");
  spawn_it(0, "exit 1", closes_the_next);
  spawn_it(1, "exit 2", on_exit_);
  spawn_it(2, "exit 3", on_exit_);
  for (i = 0; i < 3; i++) settle_child(i);
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&p[0]);
  CLOSE(&p[2]);
  run(&loop, UV_RUN_DEFAULT);
  say("zombies %d", zombies());

  say("closed in its callback");
  spawn_it(0, "exit 1", closes_itself);
  run(&loop, UV_RUN_DEFAULT);

  say("killed");
  spawn_it(0, "sleep 60", on_exit_);
  TRY(uv_process_kill(&p[0], 0));
  TRY(uv_process_kill(&p[0], -1));
  TRY(uv_process_kill(&p[0], 4096));
  TRY(uv_process_kill(&p[0], SIGTERM));
  settle_child(0);
  TRY(uv_process_kill(&p[0], SIGTERM));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_process_kill(&p[0], SIGTERM));
  CLOSE(&p[0]);
  run(&loop, UV_RUN_DEFAULT);

  say("no callback");
  spawn_it(0, "exit 1", NULL);
  run(&loop, UV_RUN_DEFAULT);
  say("active %d, zombies %d", uv_is_active(H(&p[0])), zombies());
  CLOSE(&p[0]);
  run(&loop, UV_RUN_DEFAULT);

  say("not waited for");
  spawn_it(0, "exit 1", on_exit_);
  uv_unref(H(&p[0]));
  run(&loop, UV_RUN_DEFAULT);
  settle_child(0);
  uv_ref(H(&p[0]));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&p[0]);
  run(&loop, UV_RUN_DEFAULT);

  say("SIGCHLD is ignored");
  signal(SIGCHLD, SIG_IGN);
  spawn_it(0, "exit 4", on_exit_);
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&p[0]);
  run(&loop, UV_RUN_DEFAULT);
  signal(SIGCHLD, SIG_DFL);

  say("a watcher of SIGCHLD beside");
  MUST(uv_signal_init(&loop, &chld));
  MUST(uv_signal_start(&chld, on_chld, SIGCHLD));
  spawn_it(0, "exit 4", on_exit_);
  wait_ended(1);
  UNTIL(&loop, told);
  say("  SIGCHLD, told %d", told);
  MUST(uv_signal_stop(&chld));
  CLOSE(&p[0]);
  CLOSE(&chld);
  run(&loop, UV_RUN_DEFAULT);

  say("a forked child of the program is none of ours");
  if ((i = fork()) == 0) _exit(6);
  spawn_it(0, "exit 5", on_exit_);
  run(&loop, UV_RUN_DEFAULT);
  say("left for us: %d", AGAIN(waitpid(i, NULL, 0)) == i);
  CLOSE(&p[0]);
  run(&loop, UV_RUN_DEFAULT);

  say("many");
  for (i = 0; i < 200; i++) {
    spawn_it(0, "exit 0", NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_close(H(&p[0]), NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  say("zombies %d", zombies());
  return finish(&loop);
}
