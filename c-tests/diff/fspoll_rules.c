/* Polling of a file: what is told once, and stopping at any moment. */
#include "trace.h"
#include <sys/stat.h>

static uv_loop_t loop;
static uv_fs_poll_t p, q;
static char dir[TEMPORARY], path[300], new_path[300];
static int calls, looks, stop_next;
static uv_timer_t timer;

/* All at once: a look may come at any moment. */
static void put_file(const char *text) {
  int fd;
  SYS(fd = open(new_path, O_CREAT | O_TRUNC | O_WRONLY, 0644));
  SYS((int) write(fd, text, strlen(text)));
  close(fd);
  SYS(rename(new_path, path));
}
static void on_poll(uv_fs_poll_t *h, int status, const uv_stat_t *a, const uv_stat_t *b) {
  say("  %s: %s, size %d then %d", h == &p ? "p" : "q", name(status),
      (int) a->st_size, (int) b->st_size);
  calls++;
  if (stop_next) MUST(uv_fs_poll_stop(h));
  stop_next = 0;
}
static void stops(uv_fs_poll_t *h, int status, const uv_stat_t *a, const uv_stat_t *b) {
  on_poll(h, status, a, b);
  MUST(uv_fs_poll_stop(h));
}
static void closes(uv_fs_poll_t *h, int status, const uv_stat_t *a, const uv_stat_t *b) {
  on_poll(h, status, a, b);
  CLOSE(h);
}
static void on_timer(uv_timer_t *t) {
  (void) t;
  looks++;
}
static void work(uv_work_t *w) { (void) w; }
static void worked(uv_work_t *w, int status) {
  (void) status;
  w->data = w;
}
/* The pool has one thread: what was asked of it before has ended. */
static void first_look(void) {
  static uv_work_t w;
  w.data = NULL;
  MUST(uv_queue_work(&loop, &w, work, worked));
  UNTIL(&loop, w.data);
}
/* Time for several looks at the file. */
static void wait_a_little(void) {
  looks = 0;
  MUST(uv_timer_start(&timer, on_timer, 60, 0));
  UNTIL(&loop, looks);
}
static void wait_call(void) {
  int before = calls;
  UNTIL(&loop, calls > before);
}
/* The same, and polling stops in the callback. A handle that is stopped while a look is
 * under way and then started again polls twice on genuine libuv. */
static void wait_last_call(void) {
  stop_next = 1;
  wait_call();
}
static void getpath(size_t size) {
  char buf[400];
  size_t room = size, whole = strlen(path);
  int r = uv_fs_poll_getpath(&p, buf, &room);
  say("getpath: %s, %s", name(r),
      room == whole ? "length" : room == whole + 1 ? "length + 1" : room == size ? "unchanged" : "0");
}

int main(void) {
  char buf[4];
  size_t n = 0;
  begin();
  SYS(setenv("UV_THREADPOOL_SIZE", "1", 1));
  MUST(uv_loop_init(&loop));
  temporary_dir(dir);
  snprintf(path, sizeof path, "%s/file", dir);
  snprintf(new_path, sizeof new_path, "%s.new", dir);
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_fs_poll_init(&loop, &p));
  MUST(uv_fs_poll_init(&loop, &q));

  say("-- paths");
  getpath(300);
  TRY(uv_fs_poll_stop(&p));
  MUST(uv_fs_poll_start(&p, on_poll, path, 5));
  TRY(uv_fs_poll_start(&p, closes, "/other", 5));
  getpath(300);
  getpath(strlen(path) + 1);
  getpath(strlen(path));
  TRY(uv_fs_poll_getpath(&p, NULL, &n));
  TRY(uv_fs_poll_getpath(&p, buf, NULL));
  TRY(uv_fs_poll_getpath(&p, buf, &n));

  say("-- a file that is not there: told once");
  wait_call();
  wait_a_little();
  say("-- there");
  put_file("abc");
  wait_call();
  wait_a_little();
  put_file("defg");
  wait_last_call();

  say("-- the first look only remembers");
  MUST(uv_fs_poll_start(&p, on_poll, path, 5));
  first_look();
  wait_a_little();
  say("mode");
  SYS(chmod(path, 0600));
  wait_call();
  say("gone");
  unlink(path);
  wait_call();
  wait_a_little();
  say("another reason");
  rmdir(dir);
  wait_a_little();
  SYS((int) symlink("loop", dir));
  unlink(dir);
  SYS(symlink(dir, dir));
  wait_call();
  unlink(dir);
  wait_call();
  SYS(mkdir(dir, 0700));
  put_file("x");
  wait_last_call();

  say("-- stops and closes in callbacks");
  unlink(path);
  MUST(uv_fs_poll_start(&p, stops, path, 5));
  wait_call();
  say("active %d", uv_is_active(H(&p)));
  wait_a_little();
  MUST(uv_fs_poll_start(&q, closes, path, 0));
  UNTIL(&loop, !uv_is_active(H(&q)) && !uv_loop_alive(&loop));

  say("-- closed with a look under way");
  MUST(uv_fs_poll_start(&p, on_poll, path, 5));
  MUST(uv_fs_poll_stop(&p));
  MUST(uv_fs_poll_start(&p, on_poll, path, 5));
  MUST(uv_fs_poll_stop(&p));
  CLOSE(&p);
  CLOSE(&timer);
  run(&loop, UV_RUN_DEFAULT);
  rmdir(dir);
  return finish(&loop);
}
