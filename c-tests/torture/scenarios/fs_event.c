/* A directory and a file in it are watched; the scenario makes the events. */
#include "../scenario.h"

static uv_fs_event_t directory, file;
static int seen_directory, seen_file;

void prepare(void) {
  if (mkdir("watched", 0755)) abort();
  close(open("watched/file", O_CREAT | O_WRONLY, 0644));
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status) {
  if (TRY(status) < 0) return give_up();
  CHECK(events & (UV_CHANGE | UV_RENAME), "no event");
  CHECK(name && (!strcmp(name, "file") || !strcmp(name, "new")), "the name %s",
        name ? name : "(null)");
  if (handle == &directory) seen_directory = 1;
  else seen_file = 1;
  if (seen_directory && seen_file) give_up();
}

static int touch(void) {
  int fd = open("watched/file", O_WRONLY);
  if (fd < 0 || write(fd, "x", 1) != 1) return -errno;
  close(fd);
  fd = open("watched/new", O_CREAT | O_WRONLY, 0644);
  return fd < 0 ? -errno : close(fd);
}

static int start(void) {
  char path[64];
  size_t size = sizeof path;
  if (TRY(uv_fs_event_init(&loop, &directory)) || TRY(uv_fs_event_init(&loop, &file)) ||
      TRY(uv_fs_event_start(&directory, on_event, "watched", 0)) ||
      TRY(uv_fs_event_start(&file, on_event, "watched/file", 0)) ||
      TRY(uv_fs_event_getpath(&file, path, &size)))
    return -1;
  CHECK(!strcmp(path, "watched/file"), "the path %s", path);
  return TRY(quietly(touch()));
}

void scenario(void) {
  if (!begin()) return;
  if (start()) give_up();
  finish();
  CHECK(troubled() || (seen_directory && seen_file), "seen %d %d", seen_directory, seen_file);
}
