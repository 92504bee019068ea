/* inotify through the loop: names, kinds, sharing of watches, and handles that
 * stop, close and start while they are being called. */
#include "trace.h"
#include <sys/stat.h>

static uv_loop_t loop;
static uv_fs_event_t e[4];
static const char dir[] = "watched";

static const char *in(const char *file) {
  static char path[4][300];
  static int next;
  char *p = path[next++ % 4];
  snprintf(p, sizeof path[0], "%s/%s", dir, file);
  return p;
}
static void touch(const char *file) {
  int fd;
  SYS(fd = open(in(file), O_CREAT | O_WRONLY, 0644));
  SYS((int) write(fd, "x", 1));
  close(fd);
}
static void on_event(uv_fs_event_t *h, const char *file, int events, int status) {
  say("  e%d: %s%s%s, %s", (int) (h - e), file ? file : "(none)",
      events & UV_CHANGE ? " change" : "", events & UV_RENAME ? " rename" : "",
      name(status));
}
static void stops(uv_fs_event_t *h, const char *file, int events, int status) {
  on_event(h, file, events, status);
  MUST(uv_fs_event_stop(h));
}
static void stops_others(uv_fs_event_t *h, const char *file, int events, int status) {
  int i;
  on_event(h, file, events, status);
  for (i = 0; i < COUNT(e); i++)
    if (&e[i] != h) MUST(uv_fs_event_stop(&e[i]));
}
static void starts_again(uv_fs_event_t *h, const char *file, int events, int status) {
  on_event(h, file, events, status);
  MUST(uv_fs_event_stop(h));
  MUST(uv_fs_event_start(h, on_event, in("file"), 0));
}
static void closes(uv_fs_event_t *h, const char *file, int events, int status) {
  on_event(h, file, events, status);
  CLOSE(h);
}
static void turn(const char *what) {
  say("%s", what);
  run(&loop, UV_RUN_NOWAIT);
}
static void stop_all(void) {
  int i;
  for (i = 0; i < COUNT(e); i++)
    if (!uv_is_closing(H(&e[i]))) MUST(uv_fs_event_stop(&e[i]));
  uv_run(&loop, UV_RUN_NOWAIT);
}
static void getpath(uv_fs_event_t *h, size_t size) {
  char buf[400];
  size_t room = size;
  int r = uv_fs_event_getpath(h, buf, &room);
  size_t whole = strlen(in("file"));
  say("getpath in %s: %s, size %s%s%s",
      size > whole + 1 ? "plenty" : size == whole + 1 ? "just enough" : size ? "too little" : "0",
      name(r), room == whole ? "length" : room == whole + 1 ? "length + 1" : room == size ? "unchanged" : "0",
      r ? "" : ", ", r ? "" : strrchr(buf, '/') + 1);
}

int main(void) {
  int i, status;
  pid_t child;
  size_t n = 5;
  char base[TEMPORARY];
  char buf[8];
  begin();
  MUST(uv_loop_init(&loop));
  temporary_dir(base);
  if (chdir(base) || mkdir(dir, 0755)) broken("mkdir");
  touch("file");
  SYS(mkdir(in("sub"), 0755));
  for (i = 0; i < COUNT(e); i++) MUST(uv_fs_event_init(&loop, &e[i]));

  say("-- refusals");
  TRY(uv_fs_event_start(&e[0], on_event, "/nonexistent/file", 0));
  TRY(uv_fs_event_start(&e[0], on_event, "", 0));
  TRY(uv_fs_event_stop(&e[0]));
  say("active %d, alive %d", uv_is_active(H(&e[0])), uv_loop_alive(&loop));
  TRY(uv_fs_event_getpath(&e[0], buf, &n));
  say("size %zu", n);
  MUST(uv_fs_event_start(&e[0], on_event, in("file"), 0));
  TRY(uv_fs_event_start(&e[0], on_event, in("file"), 0));
  TRY(uv_fs_event_getpath(&e[0], NULL, &n));
  TRY(uv_fs_event_getpath(&e[0], buf, NULL));
  n = 0;
  TRY(uv_fs_event_getpath(&e[0], buf, &n));
  getpath(&e[0], 350);
  getpath(&e[0], strlen(in("file")) + 1);
  getpath(&e[0], strlen(in("file")));
  stop_all();

  say("-- a file");
  MUST(uv_fs_event_start(&e[0], on_event, in("file"), 0));
  touch("file");
  turn("written");
  SYS(chmod(in("file"), 0600));
  turn("mode");
  SYS(rename(in("file"), in("moved")));
  turn("moved away");
  SYS(rename(in("moved"), in("file")));
  turn("and back");
  SYS(unlink(in("file")));
  turn("removed");
  say("active %d", uv_is_active(H(&e[0])));
  touch("file");
  turn("made again: another file");
  TRY(uv_fs_event_stop(&e[0]));
  TRY(uv_fs_event_start(&e[0], on_event, in("file"), 0));
  touch("file");
  turn("watched again");
  stop_all();

  say("-- a directory");
  MUST(uv_fs_event_start(&e[0], on_event, dir, 0));
  touch("new");
  turn("made");
  SYS(rename(in("new"), in("newer")));
  turn("renamed");
  SYS(chmod(in("newer"), 0600));
  turn("mode");
  SYS(unlink(in("newer")));
  turn("removed");
  touch("sub/inner");
  turn("in a directory below");
  SYS(unlink(in("sub/inner")));
  SYS(chmod(dir, 0750));
  turn("the directory's own mode");
  MUST(uv_fs_event_start(&e[1], on_event, in("sub"), 0));
  SYS(rmdir(in("sub")));
  turn("a watched directory is removed");
  SYS(mkdir(in("sub"), 0755));
  MUST(uv_fs_event_stop(&e[1]));
  MUST(uv_fs_event_start(&e[1], on_event, in("sub/"), UV_FS_EVENT_RECURSIVE));
  SYS(chmod(in("sub"), 0700));
  turn("a path that ends in a slash");
  stop_all();

  say("-- several handles, by several paths that end in one name");
  SYS(symlink("file", in("link")));
  SYS(symlink("../file", in("sub/file")));
  MUST(uv_fs_event_start(&e[0], on_event, in("file"), 0));
  MUST(uv_fs_event_start(&e[1], on_event, in("sub/file"), 0));
  MUST(uv_fs_event_start(&e[2], on_event, in("sub/../file"), 0));
  SYS(chmod(in("file"), 0640));
  turn("changed");
  getpath(&e[0], 350);
  SYS(unlink(in("sub/file")));
  MUST(uv_fs_event_stop(&e[0]));
  SYS(chmod(in("file"), 0600));
  turn("the first stopped");
  stop_all();

  say("-- in callbacks");
  for (i = 0; i < 3; i++)
    MUST(uv_fs_event_start(&e[i], i == 1 ? stops_others : on_event, in("file"), 0));
  SYS(chmod(in("file"), 0640));
  turn("the second stops the others");
  SYS(chmod(in("file"), 0600));
  turn("again");
  stop_all();
  MUST(uv_fs_event_start(&e[0], stops, in("file"), 0));
  touch("file");
  touch("file");
  turn("stops with more on the way");
  MUST(uv_fs_event_start(&e[0], starts_again, in("file"), 0));
  SYS(chmod(in("file"), 0640));
  touch("file");
  turn("starts again with more on the way");
  touch("file");
  turn("and more");
  stop_all();
  MUST(uv_fs_event_start(&e[3], closes, in("file"), 0));
  MUST(uv_fs_event_start(&e[0], on_event, in("file"), 0));
  touch("file");
  turn("closes");
  touch("file");
  turn("the other goes on");

  say("-- forked");
  MUST(uv_fs_event_start(&e[1], on_event, dir, 0));
  SYS(unlink(in("link")));
  fflush(stdout);
  child = fork();
  if (child == 0) {
    MUST(uv_loop_fork(&loop));
    turn("child");
    SYS(chmod(in("file"), 0600));
    turn("changed by the child");
    getpath(&e[0], 350);
    stop_all();
    _exit(3);
  }
  SYS(waitpid(child, &status, 0));
  say("child %d", WEXITSTATUS(status));
  turn("parent");
  MUST(uv_fs_event_stop(&e[1]));

  unlink(in("file"));
  rmdir(in("sub"));
  rmdir(dir);
  rmdir(base);
  for (i = 0; i < 3; i++) CLOSE(&e[i]);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
