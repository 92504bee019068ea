/* Reads of the loop's inotify descriptor go on failing, because of a filter.
 *
 * libuv 1.53.0: aborts; with EINTR or EAGAIN it spins.
 * right: every watcher is stopped and told the error; uv_run() then ends. They can be
 *   started again, with another descriptor. */
#include "check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

static uv_loop_t loop;
static uv_fs_event_t handle[3];
static int told[3], expected, changes;

/* The loop's inotify descriptor. */
static int inotify(void) {
  char path[64], target[64];
  int fd;
  ssize_t n;
  for (fd = 3; fd < 64; fd++) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    n = readlink(path, target, sizeof target - 1);
    target[n < 0 ? 0 : n] = 0;
    if (strstr(target, "inotify")) return fd;
  }
  SKIP("no inotify descriptor in /proc/self/fd");
  return -1;
}

static void refuse_reads(int fd, int error) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_read, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, fd, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
    SKIP("no seccomp filters here: %s", strerror(errno));
}

static void on_change(uv_fs_event_t *h, const char *name, int events, int status) {
  int i = (int) (h - handle), r;
  if (told[2] && i == 2) { /* it was started again */
    CHECK(status == 0 && name && !strcmp(name, "b"), "started again: %s", uv_err_name(status));
    changes++;
    uv_fs_event_stop(h);
    return;
  }
  CHECK(status == expected, "status %s instead of %s", uv_err_name(status),
        uv_err_name(expected));
  CHECK(name == NULL && events == 0, "a name or events beside the error");
  CHECK(!uv_is_active((uv_handle_t *) h), "told, but not stopped");
  told[i]++;
  if (i == 0) uv_close((uv_handle_t *) &handle[1], NULL); /* which is not told then */
  if (i != 2) return;
  CHECK(dup(0) >= 0, "dup"); /* takes the number that the filter refuses */
  r = uv_fs_event_start(h, on_change, "b", 0);
  CHECK(r == 0, "starting again: %s", uv_err_name(r));
  put_file("b", "changed");
}

static void child(int error) {
  double used;
  int i;
  deadline(8, "a loop whose inotify reads fail does not end");
  expected = -error;
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init");
  for (i = 0; i < 3; i++) {
    uv_fs_event_init(&loop, &handle[i]);
    CHECK(uv_fs_event_start(&handle[i], on_change, i == 2 ? "b" : "a", 0) == 0, "start");
  }
  put_file("a", "changed");
  refuse_reads(inotify(), error);
  used = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
  uv_run(&loop, UV_RUN_DEFAULT);
  used = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - used;
  CHECK(used < 1000, "%.0f ms of CPU for reads that fail", used);
  CHECK(told[0] == 1 && told[1] == 0 && told[2] == 1, "told %d, %d, %d times", told[0],
        told[1], told[2]);
  CHECK(changes == 1, "started again, %d changes reported", changes);
  uv_close((uv_handle_t *) &handle[0], NULL);
  uv_close((uv_handle_t *) &handle[2], NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "uv_loop_close");
  exit(0);
}

int main(void) {
  static const int errors[] = {EINTR, EAGAIN, EBADF, EINVAL, EIO, EPERM, ENOSYS};
  int i, status;
  pid_t pid;
  scratch();
  put_file("a", "");
  put_file("b", "");
  deadline(60, "hangs");
  for (i = 0; i < (int) (sizeof errors / sizeof *errors); i++) {
    if ((pid = fork()) == 0) child(errors[i]);
    CHECK(waitpid(pid, &status, 0) == pid, "waitpid");
    CHECK(!WIFSIGNALED(status), "%s: killed by signal %d", strerror(errors[i]),
          WTERMSIG(status));
    if (WEXITSTATUS(status) == 77) leave_(77); /* the child has said why */
    CHECK(WEXITSTATUS(status) == 0, "with %s", strerror(errors[i]));
  }
  return 0;
}
