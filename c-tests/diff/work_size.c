/* How many threads the pool has for what UV_THREADPOOL_SIZE says, and their name.
 * Not under valgrind: more than a thousand threads are too many for it. */
#include "files.h"

static char thread_name[32];

static void look(uv_work_t *r) {
  (void) r;
  uv_thread_t self = uv_thread_self();
  uv_thread_getname(&self, thread_name, sizeof thread_name);
}

static int threads(void) {
  DIR *d = opendir("/proc/self/task");
  int n = 0;
  if (!d) broken("tasks");
  while (readdir(d)) n++;
  closedir(d);
  return n - 2;
}

static void child(const char *size) {
  uv_loop_t loop;
  uv_work_t req;
  int before = threads();
  if (size)
    setenv("UV_THREADPOOL_SIZE", size, 1);
  else
    unsetenv("UV_THREADPOOL_SIZE");
  MUST(uv_loop_init(&loop));
  MUST(uv_queue_work(&loop, &req, look, NULL));
  say("%s: %d threads, all there when the call returns", size ? size : "(unset)",
      threads() - before);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("named %s", thread_name);
  MUST(uv_loop_close(&loop));
  exit(0);
}

int main(void) {
  static const char *const sizes[] = {
      NULL, "1", "3", "5", "0", "", "abc", "2abc", " 2", "000000000000002",
      "0000000000000002", "40"};
  int i, status;
  begin();
  for (i = 0; i < COUNT(sizes); i++) {
    pid_t pid;
    fflush(stdout);
    pid = fork();
    if (pid == 0) child(sizes[i]);
    SYS(pid);
    SYS(waitpid(pid, &status, 0));
    say("exit %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  }
  leftovers();
  return 0;
}
