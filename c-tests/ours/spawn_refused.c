/* A seccomp filter that refuses a system call with which the library starts or watches
 * children, though libuv does not need it.
 *
 * clone and pidfd_open, each refused with EPERM and with ENOSYS, from the start and from
 * the second child on. Four children in turn exit with 3 or end by a signal.
 *
 * libuv 1.53.0: all works; it calls vfork and posix_spawn(), which has clone3, and waits for
 *   SIGCHLD.
 * right: the same.
 */
#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#define CHILDREN 4

static int ended;

static int refuse(int nr, int error) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog prog = {sizeof code / sizeof *code, code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

static void on_exit_cb(uv_process_t *p, int64_t status, int signum) {
  int killed = p->data != NULL;
  CHECK(status == (killed ? 0 : 3) && signum == (killed ? SIGKILL : 0),
        "child %d: status %d, signal %d", ended, (int)status, signum);
  ended++;
  uv_close((uv_handle_t *)p, NULL);
}

/* In a process of its own. */
static void scenario(int nr, int error, int from) {
  static uv_loop_t loop;
  static uv_process_t processes[CHILDREN];
  deadline(10, "an exit callback does not come");
  uv_loop_init(&loop);
  for (int i = 0; i < CHILDREN; i++) {
    int kills = i % 2;
    char *args[] = {"sh", "-c", kills ? "kill -9 $$" : "sleep 0.05; exit 3", NULL};
    uv_process_options_t options = {.file = "sh", .args = args,
                                    .exit_cb = on_exit_cb};
    if (i == from && refuse(nr, error)) _exit(77);
    processes[i].data = kills ? &loop : NULL;
    int r = uv_spawn(&loop, &processes[i], &options);
    CHECK(r == 0, "uv_spawn of child %d: %s", i, uv_err_name(r));
    /* The second is watched together with the third. */
    if (i != 1) uv_run(&loop, UV_RUN_DEFAULT);
  }
  CHECK(ended == CHILDREN, "%d exit callbacks", ended);
  char *missing[] = {"/nonexistent/program", NULL};
  uv_process_options_t options = {.file = missing[0], .args = missing};
  CHECK(uv_spawn(&loop, &processes[0], &options) == UV_ENOENT, "no UV_ENOENT");
  uv_close((uv_handle_t *)&processes[0], NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "uv_loop_close");
  CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a child is left");
  _exit(0);
}

int main(void) {
  static const struct {
    const char *name;
    int nr;
  } calls[] = {{"clone", SYS_clone}, {"pidfd_open", SYS_pidfd_open}};
  static const int errors[] = {EPERM, ENOSYS};
  int bad = 0;
  for (int n = 0; n < 8; n++) {
    int status, which = n & 1, error = errors[n >> 1 & 1], from = n >> 2 & 1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) scenario(calls[which].nr, error, from);
    CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
      SKIP("no seccomp filters here");
    if (status == 0) continue;
    printf("  that was %s refused with %s from child %d on%s\n", calls[which].name,
           error == EPERM ? "EPERM" : "ENOSYS", from,
           WIFSIGNALED(status) ? ", killed" : "");
    bad++;
  }
  if (bad) FAULT("%d of these", bad);
  return 0;
}
