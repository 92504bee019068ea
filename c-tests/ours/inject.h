/* Lets chosen system calls of the calling thread, and of threads that it makes
 * afterwards, fail: a seccomp filter hands them to another thread, which answers
 * with an error or lets them through.
 *
 * inject(nr, skip, times, error) plans for one call: `skip` are let through,
 * then `times` fail with `error`. Up to INJECT_MAX plans, made before
 * inject_start(), which needs no privilege; plans may be changed afterwards.
 * refuse() is the plain filter: all calls of one number fail from now on.
 */
#ifndef INJECT_H
#define INJECT_H

#include "check.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#define INJECT_MAX 8

static struct injected_ {
  int nr;
  atomic_int skip, times, error;
} injected_[INJECT_MAX];
static int injected_count_;
static atomic_int inject_hits; /* how many calls have failed */

static inline void inject(int nr, int skip, int times, int error) {
  struct injected_ *plan = &injected_[injected_count_++];
  plan->nr = nr;
  atomic_store(&plan->skip, skip);
  atomic_store(&plan->times, times);
  atomic_store(&plan->error, error);
}

static inline int injected_error_(int nr) {
  for (int i = 0; i < injected_count_; i++) {
    struct injected_ *plan = &injected_[i];
    if (plan->nr != nr) continue;
    if (atomic_fetch_sub(&plan->skip, 1) > 0) return 0;
    if (atomic_fetch_sub(&plan->times, 1) <= 0) return 0;
    atomic_fetch_add(&inject_hits, 1);
    return atomic_load(&plan->error);
  }
  return 0;
}

static inline void *inject_answer_(void *arg) {
  int listener = (int)(intptr_t)arg;
  struct seccomp_notif call;
  for (;;) {
    memset(&call, 0, sizeof call);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call)) {
      if (errno == EINTR || errno == ENOENT) continue;
      return NULL;
    }
    struct seccomp_notif_resp answer = {.id = call.id};
    answer.error = -injected_error_(call.data.nr);
    if (answer.error == 0) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

static atomic_int inject_listener_ = -1;

/* Waits, unfiltered, until the filter is there, and then answers. */
static inline void *inject_wait_(void *arg) {
  (void)arg;
  while (atomic_load(&inject_listener_) == -1) sched_yield();
  return inject_answer_((void *)(intptr_t)atomic_load(&inject_listener_));
}

static inline void inject_start(void) {
  struct sock_filter code[2 * INJECT_MAX + 2];
  int n = 0;
  code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                           offsetof(struct seccomp_data, nr));
  for (int i = 0; i < injected_count_; i++) {
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                             injected_[i].nr, 0, 1);
    code[n++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  }
  code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {n, code};
  pthread_t thread;
  if (pthread_create(&thread, NULL, inject_wait_, NULL)) SKIP("no thread");
  pthread_detach(thread);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  int listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                         SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (listener < 0) SKIP("no seccomp listener here: %s", strerror(errno));
  atomic_store(&inject_listener_, listener);
}

static inline void refuse(int nr, int error) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
    SKIP("no seccomp filters here: %s", strerror(errno));
}

/* Runs `scenario` in a child; 0 if it exits with 0. What it prints comes before
 * the line that says which case it was. */
static inline int in_child(const char *name, void (*scenario)(void *),
                           void *arg) {
  int status;
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    signal(SIGALRM, SIG_DFL);
    alarm(10);
    scenario(arg);
    _exit(0);
  }
  waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) _exit(77);
  if (WIFSIGNALED(status))
    printf("killed by signal %d%s\n", WTERMSIG(status),
           WTERMSIG(status) == SIGALRM ? " (it hung)" : "");
  if (status) printf("wrong: %s\n", name);
  return status != 0;
}

#endif
