/* The loop's thread gets a working directory, a root, mounts or a file system user of its
 * own. Asynchronous requests go on to find and to be allowed what the threads of the
 * pool do, the first time and later. */
#include "files.h"

#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>

static uv_loop_t loop;
static uv_fs_t req;
static int over;

static void done(uv_fs_t *r) {
  (void) r;
  over = 1;
}

static int result_of(int started) {
  int result;
  over = 0;
  MUST(started);
  while (!over) uv_run(&loop, UV_RUN_ONCE);
  result = (int) req.result;
  uv_fs_req_cleanup(&req);
  return result;
}

/* The first byte of the file, or the name of an error. */
static const char *content(const char *path) {
  static char text[2];
  uv_buf_t buf = uv_buf_init(text, 1);
  int fd = result_of(uv_fs_open(&loop, &req, path, O_RDONLY, 0, done));
  if (fd < 0) return name(fd);
  if (result_of(uv_fs_read(&loop, &req, fd, &buf, 1, -1, done)) != 1) broken(path);
  if (result_of(uv_fs_close(&loop, &req, fd, done))) broken(path);
  return text;
}

static const char *size(const char *path) {
  static char text[16];
  int result;
  over = 0;
  MUST(uv_fs_stat(&loop, &req, path, done));
  while (!over) uv_run(&loop, UV_RUN_ONCE);
  result = (int) req.result;
  snprintf(text, sizeof text, "%d", (int) req.statbuf.st_size);
  uv_fs_req_cleanup(&req);
  return result ? name(result) : text;
}

/* Says each answer once, however often it comes in a row. */
static void ask(const char *path) {
  char last[32] = "", now[32];
  int i;
  for (i = 0; i < 200; i++) {
    snprintf(now, sizeof now, "%s, size ", content(path));
    strcat(now, size(path));
    if (strcmp(last, now)) say("  %s: %s", below(path), now);
    strcpy(last, now);
  }
}

/* A thread of its own, from which nothing comes back. */
static void apart(void *arg) {
  void (*body)(void) = (void (*)(void)) arg;
  char absolute[PATH_MAX], other[PATH_MAX];
  MUST(uv_loop_init(&loop));
  snprintf(absolute, sizeof absolute, "%s/one/file", scratch_dir);
  snprintf(other, sizeof other, "%s/two/file", scratch_dir);
  ask("file");
  ask(absolute);
  ask(other);
  body();
  ask("file");
  ask(absolute);
  MUST(uv_loop_close(&loop));
}

static void directory(void) {
  say("a working directory");
  SYS(unshare(CLONE_FS));
  SYS(chdir("../two"));
}

static void root(void) {
  say("a root");
  SYS(unshare(CLONE_FS));
  if (chroot("..")) say("cannot be had");
}

static void mounts(void) {
  say("mounts");
  if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
      mount("../two", ".", NULL, MS_BIND, NULL) || chdir("../one"))
    say("cannot be had");
}

/* The threads of the pool are nobody's, and may not enter the directory. */
static void user(void) {
  say("a user");
  setfsuid(0);
}

static void *start(void *arg) {
  apart(arg);
  return NULL;
}

static void in_child(void (*body)(void)) {
  pthread_t thread;
  int status;
  pid_t child;
  fflush(NULL);
  SYS(child = fork());
  if (child == 0) {
    SYS(chdir("one"));
    if (body == user) {
      SYS(chmod(scratch_dir, 0755));
      SYS(chmod(".", 0700));
      setfsuid(65534);
    }
    if (pthread_create(&thread, NULL, start, (void *) body)) broken("pthread_create");
    pthread_join(thread, NULL);
    fflush(NULL);
    _exit(0);
  }
  SYS(waitpid(child, &status, 0));
  say("ends with %d", status);
}

int main(void) {
  begin();
  enter_scratch();
  SYS(mkdir("one", 0755));
  SYS(mkdir("two", 0755));
  make_file("one/file", "1");
  make_file("two/file", "22");
  in_child(directory);
  in_child(root);
  in_child(mounts);
  in_child(user);
  leave_scratch();
  MUST(uv_loop_init(&loop));
  return finish(&loop);
}
