/* Watches a directory and says what changes in it.
 *
 * Prints:
 *   note.txt: rename
 *   note.txt: change
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static uv_fs_event_t watcher;
static uv_timer_t limit;
static char dir[] = "/tmp/uv-example-XXXXXX";

static void end(void) {
  uv_close((uv_handle_t*) &watcher, NULL);
  uv_close((uv_handle_t*) &limit, NULL);
}

static void on_event(uv_fs_event_t* handle, const char* name, int events, int status) {
  (void) handle;
  if (status < 0) {
    printf("watching: %s\n", uv_strerror(status));
    end();
    return;
  }
  /* The name may be null: something changed, and it is not known where. */
  printf("%s: %s\n", name ? name : "?", events & UV_RENAME ? "rename" : "change");
  if (events & UV_CHANGE)
    end();
}

static void on_limit(uv_timer_t* timer) {
  (void) timer;
  puts("nothing happened within 5 s");
  end();
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  char path[64];
  if (mkdtemp(dir) == NULL)
    return 1;
  snprintf(path, sizeof path, "%s/note.txt", dir);
  uv_fs_event_init(loop, &watcher);
  int status = uv_fs_event_start(&watcher, on_event, dir, 0);
  if (status < 0) {
    fprintf(stderr, "watch: %s\n", uv_strerror(status));
    return 1;
  }
  uv_timer_init(loop, &limit);
  uv_timer_start(&limit, on_limit, 5000, 0);
  int fd = open(path, O_CREAT | O_WRONLY, 0600); /* told as a rename: a name has come */
  if (fd < 0 || write(fd, "x", 1) != 1)          /* told as a change */
    return 1;
  close(fd);
  uv_run(loop, UV_RUN_DEFAULT);
  unlink(path);
  rmdir(dir);
  return uv_loop_close(loop);
}
