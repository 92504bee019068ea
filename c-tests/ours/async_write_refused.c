/* uv_async_send and uv_queue_work wake a loop that sleeps although the kernel refuses the
 * write to its eventfd.
 *
 * libuv 1.53.0: aborts.
 * right: the callbacks come; there is another way to wake an epoll set.
 */
#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

static uv_loop_t loop;
static uv_async_t async;
static uv_work_t work;
static int calls, worked;

static void on_async(uv_async_t *h) {
  (void) h;
  calls++;
}
static void on_work(uv_work_t *r) {
  (void) r;
  usleep(20000);
}
static void on_worked(uv_work_t *r, int status) {
  (void) r;
  worked += status == 0;
}
static void *tell(void *arg) {
  (void) arg;
  usleep(20000);
  uv_async_send(&async);
  return NULL;
}
/* Refuses writes of 8 bytes, which only wake-ups are here. */
static int refuse(int error) {
  struct sock_filter f[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 8, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned) error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof f / sizeof *f, f};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}
static int child(int error) {
  pthread_t thread;
  uv_loop_init(&loop);
  uv_async_init(&loop, &async, on_async);
  if (!refuse(error)) return 77;
  for (int i = 1; i <= 3; i++) {
    pthread_create(&thread, NULL, tell, NULL);
    while (calls < i) uv_run(&loop, UV_RUN_ONCE);
    pthread_join(thread, NULL);
    uv_queue_work(&loop, &work, on_work, on_worked);
    while (worked < i) uv_run(&loop, UV_RUN_ONCE);
  }
  uv_close((uv_handle_t *) &async, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  return uv_loop_close(&loop) != 0 || calls != 3;
}

int main(void) {
  static const int errors[] = {EPERM, ENOSYS, EAGAIN, EIO};
  for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
      alarm(5);
      _exit(child(errors[i]));
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) SKIP("no seccomp filters here");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0,
          "with %s the child ended with %x", strerror(errors[i]), status);
  }
  return 0;
}
