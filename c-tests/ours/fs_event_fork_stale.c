/* A fork inside a file event's callback, and uv_loop_fork() there in the child, with more
 * events read already.
 *
 * The child's watches are new ones, of a descriptor of its own, and numbered from 1 again:
 * the events that the parent read before the fork have other watches' numbers.
 *
 * libuv 1.53.0: the child reports such an event to the watcher whose watch has the number
 *   now, of another directory.
 * right: no watcher of the child is told what happened in another's directory. */
#include "check.h"

static uv_loop_t loop;
static uv_fs_event_t handle[3];
static pid_t child = -1;
static int wrong, calls;

static void on_change(uv_fs_event_t *h, const char *name, int events, int status) {
  (void) events, (void) status;
  calls++;
  if (h == &handle[2] && name && (!strcmp(name, "x") || !strcmp(name, "y"))) wrong = 1;
  if (child != -1) return;
  child = fork();
  if (child == 0) {
    deadline(5, "the child hangs");
    CHECK(uv_loop_fork(&loop) == 0, "uv_loop_fork");
  }
}

int main(void) {
  static const char *names[] = {"first", "one", "two"};
  int i, status;
  scratch();
  deadline(10, "hangs");
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init");
  for (i = 0; i < 3; i++) {
    mkdir(names[i], 0755);
    uv_fs_event_init(&loop, &handle[i]);
    CHECK(uv_fs_event_start(&handle[i], on_change, names[i], 0) == 0, "start");
  }
  uv_fs_event_stop(&handle[0]); /* the numbers begin at 2 now */
  put_file("one/x", "");
  put_file("one/y", "");
  uv_run(&loop, UV_RUN_NOWAIT);
  CHECK(calls > 0, "no event");
  if (child == 0) {
    calls = 0;
    put_file("two/z", "");
    uv_run(&loop, UV_RUN_NOWAIT);
    if (!calls) _exit(3);
    _exit(wrong ? 2 : 0);
  }
  CHECK(waitpid(child, &status, 0) == child, "waitpid");
  CHECK(status != 2 << 8, "the watcher of 'two' was told of a file in 'one'");
  CHECK(status != 3 << 8, "the child's watchers are told nothing");
  CHECK(status == 0, "the child ended with %x", status);
  return 0;
}
