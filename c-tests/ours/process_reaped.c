/* How the end of a child is learnt where the usual call does not tell it.
 *
 * Other code of the program has reaped the child: waitpid(2) gives ECHILD. In a forked
 * process ECHILD is also what the parent's children give, which run on. And a filter
 * refuses wait4 or waitid. Each with pidfds and without.
 *
 * libuv 1.53.0: never calls back if the child was reaped; aborts if wait4 is refused.
 * right: the exit callback, with -ECHILD for a status that is lost; not
 *   while the child runs; the true status where one of the two calls works.
 */
#include "inject.h"

static uv_loop_t loop;
static uv_process_t process;
static uv_timer_t timer;
static int ended, signal_;
static int64_t status_;

static void on_exit_(uv_process_t *p, int64_t status, int signum) {
  (void)p;
  ended++;
  status_ = status;
  signal_ = signum;
}
static void on_timer(uv_timer_t *t) {
  uv_stop(t->loop);
}

static void run_for(int ms) {
  uv_timer_start(&timer, on_timer, ms, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_timer_stop(&timer);
}

static void begin(const char *script) {
  char *args[] = {"sh", "-c", (char *)script, NULL};
  uv_process_options_t options = {.file = "sh", .args = args, .exit_cb = on_exit_};
  ended = 0;
  CHECK(uv_spawn(&loop, &process, &options) == 0, "uv_spawn");
}

static void expect(int64_t status, int signum) {
  for (int i = 0; i < 50 && !ended; i++) run_for(100);
  CHECK(ended == 1, "called back %d times", ended);
  CHECK(status_ == status && signal_ == signum, "status %d, signal %d", (int)status_, signal_);
  CHECK(uv_process_kill(&process, 0) == UV_ESRCH, "the child can be killed still");
  uv_close((uv_handle_t *)&process, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void start(int no_pidfds) {
  uv_loop_init(&loop);
  uv_timer_init(&loop, &timer);
  if (no_pidfds) refuse(SYS_pidfd_open, ENOSYS);
}

static void end(void) {
  uv_close((uv_handle_t *)&timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "the loop does not close");
}

static void reaped(void *arg) {
  start(*(int *)arg);
  begin("exit 3");
  CHECK(waitpid(process.pid, NULL, 0) == process.pid, "waitpid");
  expect(-ECHILD, 0);
  end();
}

static void in_fork(void *arg) {
  start(*(int *)arg);
  begin("sleep 10");
  pid_t pid = fork();
  if (pid == 0) {
    char *args[] = {"true", NULL};
    uv_process_t own;
    uv_process_options_t options = {.file = "true", .args = args, .exit_cb = on_exit_};
    CHECK(uv_loop_fork(&loop) == 0, "uv_loop_fork");
    run_for(100);
    CHECK(ended == 0, "told of the end of a child that runs");
    /* A SIGCHLD, after which the loop without pidfds asks after all children. */
    CHECK(uv_spawn(&loop, &own, &options) == 0, "uv_spawn in the forked child");
    for (int i = 0; i < 50 && !ended; i++) run_for(100);
    run_for(100);
    CHECK(ended == 1 && status_ == 0, "called back %d times, status %d", ended, (int)status_);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0, "the forked child: %x", status);
  CHECK(uv_process_kill(&process, SIGKILL) == 0, "uv_process_kill");
  expect(0, SIGKILL);
  end();
}

static void refused(int no_pidfds, int nr, int error) {
  start(no_pidfds);
  refuse(nr, error);
  begin("exit 3");
  expect(3, 0);
  begin("kill -9 $$");
  expect(0, SIGKILL);
  begin("kill -ABRT $$"); /* with a core, if limits allow */
  expect(0, SIGABRT);
  end();
}
static void no_wait4(void *arg) {
  refused(*(int *)arg, SYS_wait4, EPERM);
}
static void no_such_wait4(void *arg) {
  refused(*(int *)arg, SYS_wait4, ENOSYS);
}
static void no_waitid(void *arg) {
  refused(*(int *)arg, SYS_waitid, EPERM);
}

int main(void) {
  int wrong = 0;
  scratch();
  for (int no_pidfds = 0; no_pidfds < 2; no_pidfds++) {
    wrong += in_child("reaped by other code", reaped, &no_pidfds);
    wrong += in_child("in a forked child", in_fork, &no_pidfds);
    wrong += in_child("wait4 is refused", no_wait4, &no_pidfds);
    wrong += in_child("there is no wait4", no_such_wait4, &no_pidfds);
    wrong += in_child("waitid is refused", no_waitid, &no_pidfds);
    if (wrong) printf("%s pidfds\n", no_pidfds ? "without" : "with");
  }
  CHECK(wrong == 0, "%d of these", wrong);
  return 0;
}
