/* uv_random() where a filter refuses getrandom(2).
 *
 * libuv 1.53.0: reads /dev/urandom only after ENOSYS; after EPERM it tries a system call
 *   that today's kernels do not have and fails with UV_ENOSYS.
 * right: the bytes come from /dev/urandom, whatever getrandom fails with, with and without
 *   a callback; where that is missing too, the error is getrandom's, and nothing is said to
 *   be random that is not. */
#include "check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

static unsigned char bytes[1000];
static int called, result;

static void on_random(uv_random_t *r, int status, void *buf, size_t n) {
  (void) r;
  CHECK(buf == bytes && n == sizeof bytes, "another buffer");
  result = status;
  called++;
}

static void refuse(int error) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
    SKIP("no seccomp filters here: %s", strerror(errno));
}

static int filled(void) {
  int i, n = 0;
  for (i = 0; i < (int) sizeof bytes; i++) n += bytes[i] != 0;
  return n > 900; /* on average 996 */
}

static void child(int error, int in_chroot) {
  uv_loop_t loop;
  uv_random_t req;
  int want = in_chroot ? -error : 0;
  deadline(5, "uv_random does not return");
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init");
  if (in_chroot && chroot(".")) exit(0); /* root only */
  refuse(error);
  result = uv_random(NULL, NULL, bytes, sizeof bytes, 0, NULL);
  CHECK(result == want, "%s: %s", strerror(error), uv_err_name(result));
  CHECK(want || filled(), "%s: not filled", strerror(error));
  memset(bytes, 0, sizeof bytes);
  CHECK(uv_random(&loop, &req, bytes, sizeof bytes, 0, on_random) == 0, "uv_random");
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(called == 1, "called %d times", called);
  CHECK(result == want, "in the callback: %s: %s", strerror(error), uv_err_name(result));
  CHECK(want || filled(), "in the callback: %s: not filled", strerror(error));
  exit(0);
}

int main(void) {
  static const int errors[] = {ENOSYS, EPERM, EACCES, EINVAL};
  int i, k, status;
  pid_t pid;
  scratch();
  deadline(60, "hangs");
  for (i = 0; i < 4; i++)
    for (k = 0; k < 2; k++) {
      if ((pid = fork()) == 0) child(errors[i], k);
      CHECK(waitpid(pid, &status, 0) == pid, "waitpid");
      CHECK(!WIFSIGNALED(status), "killed by signal %d", WTERMSIG(status));
      if (status) leave_(WEXITSTATUS(status)); /* the child has said why */
    }
  return 0;
}
