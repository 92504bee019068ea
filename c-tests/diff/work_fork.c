/* A forked child makes a pool of its own, whatever the parent's was doing; and it can
 * cancel on the parent's loop what waited there. */
#include "files.h"

static uv_loop_t loop;
static uv_work_t blocker, waiting, second, mine;
static int ran, told;

static void work(uv_work_t *r) {
  (void) r;
  __atomic_add_fetch(&ran, 1, __ATOMIC_SEQ_CST);
}
static void done(uv_work_t *r, int status) {
  say("%s: %s", r == &mine ? "the child's" : "the parent's", name(status));
  told++;
}
static void inherited(void) {
  alarm(20);
  MUST(uv_loop_fork(&loop));
  TRY(uv_cancel((uv_req_t *) &blocker));
  TRY(uv_cancel((uv_req_t *) &waiting));
  TRY(uv_cancel((uv_req_t *) &waiting));
  UNTIL(&loop, told == 1);
  MUST(uv_queue_work(&loop, &mine, work, done));
  UNTIL(&loop, told == 2);
  say("on the parent's loop %d has run", ran);
  exit(0);
}

int main(void) {
  int status;
  pid_t pid;
  begin();
  one_thread();
  MUST(uv_loop_init(&loop));
  block_pool(&loop, &blocker);
  MUST(uv_queue_work(&loop, &waiting, work, done));
  MUST(uv_queue_work(&loop, &second, work, done));
  fflush(stdout);
  pid = fork();
  if (pid == 0) inherited();
  SYS(pid);
  SYS(waitpid(pid, &status, 0));
  say("that child exits %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  pid = fork();
  SYS(pid);
  if (pid == 0) {
    uv_loop_t own;
    alarm(20);
    MUST(uv_loop_init(&own));
    MUST(uv_queue_work(&own, &mine, work, done));
    uv_run(&own, UV_RUN_DEFAULT);
    say("in the child %d has run", ran);
    MUST(uv_loop_close(&own));
    exit(0);
  }
  SYS(waitpid(pid, &status, 0));
  say("the child exits %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  let_go();
  uv_run(&loop, UV_RUN_DEFAULT);
  say("in the parent %d has run", ran);
  uv_sem_destroy(&gate);
  uv_sem_destroy(&entered);
  return finish(&loop);
}
