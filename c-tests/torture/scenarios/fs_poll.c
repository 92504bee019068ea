/* A file is looked at every few milliseconds; the scenario writes to it. */
#include "../scenario.h"

static uv_fs_poll_t poll_;
static uv_timer_t timer;
static int told;

void prepare(void) { close(open("file", O_CREAT | O_WRONLY, 0644)); }

static void on_poll(uv_fs_poll_t *handle, int status, const uv_stat_t *before,
                    const uv_stat_t *after) {
  (void)handle;
  if (TRY(status) < 0) return give_up();
  /* A file system that tells less of a file from now on makes a difference, too. */
  if (after->st_size == before->st_size) return;
  CHECK(after->st_size > before->st_size, "sizes %d and %d", (int)before->st_size,
        (int)after->st_size);
  told = 1;
  give_up();
}

static void on_timer(uv_timer_t *handle) {
  (void)handle;
  int fd = quietly(open("file", O_WRONLY | O_APPEND));
  if (TRY(fd < 0 ? -errno : 0)) return give_up();
  if (quietly(write(fd, "x", 1)) != 1) abort();
  quietly(close(fd));
}

static int start(void) {
  char path[64];
  size_t size = sizeof path;
  if (TRY(uv_fs_poll_init(&loop, &poll_)) || TRY(uv_fs_poll_start(&poll_, on_poll, "file", 5)) ||
      TRY(uv_fs_poll_getpath(&poll_, path, &size)) || TRY(uv_timer_init(&loop, &timer)) ||
      TRY(uv_timer_start(&timer, on_timer, 12, 12)))
    return -1;
  CHECK(!strcmp(path, "file"), "the path %s", path);
  return 0;
}

void scenario(void) {
  if (!begin()) return;
  if (start()) give_up();
  finish();
  CHECK(troubled() || told, "never told");
}
