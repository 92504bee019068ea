/* Where the kernel refuses pidfds, SIGCHLD tells of the children's end. */
#include "trace.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static uv_loop_t loop;
static uv_process_t p[3];
static int ended;

static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  say("  p%d: exit %" PRId64 ", signal %d", (int) (h - p), status, signum);
  ended++;
}
static void spawn_it(int at, char *script) {
  char *args[] = {"/bin/sh", "-c", script, NULL};
  uv_process_options_t o;
  memset(&o, 0, sizeof o);
  o.file = args[0];
  o.args = args;
  o.exit_cb = on_exit_;
  MUST(uv_spawn(&loop, &p[at], &o));
}
static void settle_child(int at) {
  siginfo_t info;
  SYS(waitid(P_PID, p[at].pid, &info, WEXITED | WNOWAIT));
}
static void refuse_pidfds(void) {
  struct sock_filter f[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog prog = {COUNT(f), f};
  SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

int main(void) {
  struct sigaction sa;
  int i, round;
  begin();
  refuse_pidfds();
  MUST(uv_loop_init(&loop));
  for (round = 0; round < 3; round++) {
    say("round %d", round);
    for (i = 0; i < 3; i++) spawn_it(i, i == 1 ? "exit 1" : "exit 2");
    for (i = 2; i >= 0; i--) settle_child(i);
    run(&loop, UV_RUN_DEFAULT);
    say("ended %d", ended);
    for (i = 0; i < 3; i++) CLOSE(&p[i]);
    run(&loop, UV_RUN_DEFAULT);
  }
  say("one that runs for a while");
  spawn_it(0, "sleep 0.05; exit 7");
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&p[0]);
  run(&loop, UV_RUN_DEFAULT);
  SYS(sigaction(SIGCHLD, NULL, &sa));
  say("SIGCHLD is left %s", sa.sa_handler == SIG_DFL ? "default" : "caught");
  return finish(&loop);
}
