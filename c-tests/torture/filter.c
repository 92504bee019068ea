/* The seccomp filters. A watched call is put to the supervisor, which answers it
 * with an error or lets it go on. Filters see every thread, and children up to their
 * execve and beyond; the supervisor lets alone what runs another program. */
#include "torture.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Never watched, and why. */
static const struct {
  int call;
  const char *why;
} unwatched[] = {
    {SYS_futex, "locks cannot report an error; libc ends the process"},
    {SYS_exit, "ends a thread"},
    {SYS_exit_group, "ends the process"},
    {SYS_rt_sigreturn, "ends a signal handler"},
    {SYS_restart_syscall, "made by the kernel"},
    {SYS_set_robust_list, "libc's, at the start of a thread"},
    {SYS_set_tid_address, "libc's, at the start of a thread"},
    {SYS_rseq, "libc's, at the start of a thread"},
    {SYS_munmap, "gives memory back: what would be left of it is the kernel's fault"},
    {SYS_madvise, "advice"},
    {SYS_mprotect, "libc's, for stacks and its heap"},
    {SYS_brk, "libc's, for its heap: what malloc does then is tried by itself"},
    {SYS_rt_sigprocmask, "cannot fail: its arguments are constants"},
    {SYS_sched_yield, "cannot fail"},
    {SYS_getpid, "cannot fail"},
    {SYS_gettid, "cannot fail"},
    {SYS_getppid, "cannot fail"},
    {SYS_getuid, "cannot fail"},
    {SYS_geteuid, "cannot fail"},
    {SYS_getgid, "cannot fail"},
    {SYS_getegid, "cannot fail"},
    {SYS_umask, "cannot fail"},
};

enum { UNWATCHED = sizeof unwatched / sizeof unwatched[0] };

#define NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ARGUMENT(i) \
  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[i]))
#define IF(call, then) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), RETURN(then)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))

static int install(struct sock_filter *filter, size_t length, unsigned flags) {
  struct sock_fprog program = {(unsigned short)length, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) abort();
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (result < 0) {
    perror("seccomp");
    _exit(77);
  }
  return (int)result;
}

static void watch(struct sock_filter *filter, size_t length) {
  unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  int listener = install(filter, length, flags);
  /* The supervisor takes it out of this process: any call by which it could be
   * sent may be one of those that wait for the supervisor. */
  page->listener = listener;
  while (!page->go);
  close(listener);
}

static void watch_all(void) {
  struct sock_filter filter[2 * UNWATCHED + 2] = {NUMBER};
  size_t length = 1;
  for (int i = 0; i < UNWATCHED; i++) {
    struct sock_filter skip[] = {IF((unsigned)unwatched[i].call, SECCOMP_RET_ALLOW)};
    filter[length++] = skip[0];
    filter[length++] = skip[1];
  }
  filter[length++] = (struct sock_filter)RETURN(SECCOMP_RET_USER_NOTIF);
  watch(filter, length);
}

void filter_install(void) {
  unsigned call = (unsigned)spec.call;
  struct sock_filter one[] = {NUMBER, IF(call, SECCOMP_RET_USER_NOTIF),
                              RETURN(SECCOMP_RET_ALLOW)};
  struct sock_filter no_threads[] = {
      NUMBER,
      IF(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
      RETURN(SECCOMP_RET_ALLOW),
      ARGUMENT(0),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
      RETURN(SECCOMP_RET_ERRNO | EAGAIN),
      RETURN(SECCOMP_RET_ALLOW),
  };
  switch (spec.kind) {
    case COUNT:
      watch_all();
      break;
    case CALL:
      watch(one, sizeof one / sizeof one[0]);
      break;
    case NO_THREADS:
      install(no_threads, sizeof no_threads / sizeof no_threads[0], 0);
      break;
    default:
      break;
  }
}
