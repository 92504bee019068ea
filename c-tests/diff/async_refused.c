/* A program that forbids itself membarrier(2) in the middle of a flood: no send is lost,
 * and none brings two callbacks. Each child forbids it at another moment. */
#include "trace.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { BURST = 2000, ROUNDS = 60, CHILDREN = 8 };

static uv_loop_t loop;
static uv_async_t async;
static int said, sent, heard, calls, spurious, over, refuse_at, refused;

static int load(int *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }
static void store(int *p, int value) { __atomic_store_n(p, value, __ATOMIC_SEQ_CST); }

static void refuse(int error) {
  struct sock_filter f[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {COUNT(f), f};
  SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  SYS(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program));
  refused = 1;
}
static void on_async(uv_async_t *h) {
  int number = __atomic_load_n(&said, __ATOMIC_RELAXED);
  (void) h;
  /* Counted before each send: there cannot be more calls. */
  if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) > __atomic_load_n(&sent, __ATOMIC_RELAXED)) spurious++;
  if (calls == refuse_at) refuse(refuse_at % 2 ? EPERM : ENOSYS);
  store(&heard, number);
}
static void say_to(int number) {
  __atomic_fetch_add(&sent, 1, __ATOMIC_RELAXED);
  __atomic_store_n(&said, number, __ATOMIC_RELAXED);
  uv_async_send(&async);
}
/* Bursts, and sends one by one at the times at which the loop falls asleep. */
static void flood(void *arg) {
  volatile int spin;
  int i, round, number = 0;
  (void) arg;
  for (round = 0; round < ROUNDS; round++) {
    for (i = 0; i < BURST; i++) say_to(++number);
    while (load(&heard) != number) sched_yield();
    /* One call may have begun and one more be due; from now on each send brings one. */
    store(&sent, load(&calls) + 2);
    for (i = 0; i < 8; i++) {
      for (spin = 0; spin < (round * 8 + i) * 997 % 30000; spin++) {}
      say_to(++number);
      while (load(&heard) != number) sched_yield();
    }
  }
  store(&over, 1);
  uv_async_send(&async);
}
static void child(int at) {
  uv_thread_t thread;
  begin();
  /* The first one before anything, the others after so many callbacks. */
  refuse_at = at == 0 ? -1 : 1 << (at - 1);
  if (at == 0) refuse(ENOSYS);
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &async, on_async));
  MUST(uv_thread_create(&thread, flood, NULL));
  while (!load(&over)) uv_run(&loop, at % 3 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
  MUST(uv_thread_join(&thread));
  uv_close(H(&async), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("%d: %s, %d calls too many", at, refused ? "refused" : "not refused", spurious);
  exit(finish(&loop));
}

int main(void) {
  int at, status;
  for (at = 0; at < CHILDREN; at++) {
    pid_t pid;
    fflush(stdout);
    pid = fork();
    SYS(pid);
    if (pid == 0) child(at);
    SYS(waitpid(pid, &status, 0));
    say("ended with %d", status);
  }
  return 0;
}
