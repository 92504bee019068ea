/* Two watchers on two names of one file (hard links).
 *
 * The kernel has one watch for an inode, so both watchers share it.
 *
 * libuv 1.53.0: both report the name, and uv_fs_event_getpath() the path, that was watched
 *   first.
 * right: each watcher has the name and the path that it was started with, also after the
 *   first one has been stopped; a callback may use the name after it has stopped its
 *   handle. */
#include "check.h"

static char seen[2][64];
static int stops;

static void on_change(uv_fs_event_t *h, const char *name, int events,
                      int status) {
  (void)events, (void)status;
  if (stops) uv_fs_event_stop(h); /* the name stays */
  snprintf(seen[(intptr_t)h->data], sizeof seen[0], "%s", name ? name : "NULL");
}

static void change(uv_loop_t *loop, int fd) {
  memset(seen, 0, sizeof seen);
  CHECK(write(fd, "x", 1) == 1, "write");
  for (int i = 0; i < 10; i++) {
    usleep(1000);
    uv_run(loop, UV_RUN_NOWAIT);
  }
}

int main(void) {
  static const char *names[] = {"first", "second"};
  uv_loop_t *loop = uv_default_loop();
  uv_fs_event_t h[2];
  scratch();
  deadline(10, "hangs");
  put_file("first", "");
  if (link("first", "second")) SKIP("no hard links here");
  int fd = open("first", O_WRONLY);
  for (int i = 0; i < 2; i++) {
    uv_fs_event_init(loop, &h[i]);
    h[i].data = (void *)(intptr_t)i;
    CHECK(uv_fs_event_start(&h[i], on_change, names[i], 0) == 0, "start");
  }
  for (int i = 0; i < 2; i++) {
    char path[64];
    size_t size = sizeof path;
    CHECK(uv_fs_event_getpath(&h[i], path, &size) == 0, "getpath");
    CHECK(!strcmp(path, names[i]), "getpath of '%s' says '%s'", names[i], path);
  }
  change(loop, fd);
  for (int i = 0; i < 2; i++)
    CHECK(!strcmp(seen[i], names[i]), "the watcher of '%s' reports '%s'",
          names[i], seen[i]);
  uv_fs_event_stop(&h[0]);
  change(loop, fd);
  CHECK(!seen[0][0], "a stopped watcher reports");
  CHECK(!strcmp(seen[1], names[1]), "after a stop, '%s' reports '%s'", names[1],
        seen[1]);
  stops = 1;
  change(loop, fd);
  CHECK(!strcmp(seen[1], names[1]), "after its own stop, '%s' reports '%s'", names[1],
        seen[1]);
  return 0;
}
