/* More changes than the kernel's inotify queue takes.
 *
 * The kernel drops events and says so with IN_Q_OVERFLOW, for no watch in particular.
 *
 * libuv 1.53.0: ignores that event; the program does not learn that changes were lost.
 * right: every watcher of the loop is told UV_CHANGE with a null name and status 0, after
 *   which the program can look itself. Later changes are reported as before. A callback
 *   may stop watchers then, and start them. */
#include "check.h"

static uv_loop_t *loop;
static uv_fs_event_t handle[2];
static int told[2], named[2], restarts;

static void on_change(uv_fs_event_t *h, const char *name, int events, int status);

static void start(int i) {
  int r = uv_fs_event_start(&handle[i], on_change, i ? "two" : "one", 0);
  CHECK(r == 0, "uv_fs_event_start: %s", uv_err_name(r));
}

static void on_change(uv_fs_event_t *h, const char *name, int events, int status) {
  int i = (int) (h - handle);
  CHECK(status == 0, "status %s", uv_err_name(status));
  if (name) {
    named[i]++;
    return;
  }
  CHECK(events == UV_CHANGE, "events %d without a name", events);
  told[i]++;
  if (!restarts) return;
  restarts = 0;
  for (i = 0; i < 2; i++) uv_fs_event_stop(&handle[i]);
  for (i = 0; i < 2; i++) start(i);
}

static void turns(int n) {
  while (n--) {
    usleep(1000);
    uv_run(loop, UV_RUN_NOWAIT);
  }
}

static void overflow(int limit) {
  int i;
  memset(told, 0, sizeof told);
  memset(named, 0, sizeof named);
  /* two names in turn, so that the kernel cannot merge the events */
  for (i = 0; i < limit / 2 + 1000; i++)
    if (chmod("one/a", 0600 + (i & 1)) || chmod("one/b", 0600 + (i & 1))) SKIP("chmod");
  put_file("two/x", ""); /* lost */
  turns(60);
}

int main(void) {
  int limit = 0, i;
  FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
  if (!f || fscanf(f, "%d", &limit) != 1 || limit > 500000)
    SKIP("queue length unknown or too large");
  scratch();
  deadline(60, "hangs");
  loop = uv_default_loop();
  mkdir("one", 0755);
  mkdir("two", 0755);
  put_file("one/a", "");
  put_file("one/b", "");
  for (i = 0; i < 2; i++) {
    uv_fs_event_init(loop, &handle[i]);
    start(i);
  }
  overflow(limit);
  CHECK(named[0] > 0, "no events at all");
  CHECK(told[0] == 1, "the watcher whose events were lost was told %d times", told[0]);
  CHECK(told[1] == 1, "the other watcher was told %d times", told[1]);
  named[1] = 0;
  put_file("two/y", "");
  turns(10);
  CHECK(named[1] > 0, "later changes are not reported");

  restarts = 1;
  overflow(limit);
  CHECK(told[0] + told[1] == 1, "watchers started meanwhile were told: %d, %d", told[0], told[1]);
  named[1] = 0;
  put_file("two/z", "");
  turns(10);
  CHECK(named[1] > 0, "changes after a start in the callback are not reported");
  return 0;
}
