/* uv_loop_fork in a child that has no descriptor to spare: the loop's own will do. */
#include "files.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_async_t async;
static uv_fs_event_t event;
static int calls;

static void on_timer(uv_timer_t *h) {
  calls++;
  CLOSE(h);
}
static void on_async(uv_async_t *h) {
  calls++;
  CLOSE(h);
}
static void on_event(uv_fs_event_t *h, const char *file, int events, int status) {
  say("  %s: %d, %s", file, events, name(status));
  CLOSE(h);
}
/* The parent's loop must not notice what the child's is told. */
static void in_child(void) {
  int fd, last = -1, status = 0;
  alarm(20);
  while ((fd = dup(0)) >= 0) last = fd;
  say("full: %s", name(-errno));
  TRY(uv_loop_fork(&loop));
  MUST(uv_async_send(&async));
  UNTIL(&loop, calls == 2);
  close(last);
  make_file("file", "");
  run(&loop, UV_RUN_DEFAULT);
  TRY(status = uv_loop_close(&loop));
  fflush(stdout);
  _exit(status != 0);
}

int main(void) {
  struct rlimit limit;
  int status;
  pid_t child;
  begin();
  enter_scratch();
  SYS(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = 80;
  SYS(setrlimit(RLIMIT_NOFILE, &limit));
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_timer_start(&timer, on_timer, 1, 0));
  MUST(uv_async_init(&loop, &async, on_async));
  MUST(uv_fs_event_init(&loop, &event));
  MUST(uv_fs_event_start(&event, on_event, ".", 0));
  fflush(stdout);
  child = fork();
  SYS(child);
  if (child == 0) in_child();
  SYS(waitpid(child, &status, 0));
  say("the child has ended: %x", status);
  run(&loop, UV_RUN_ONCE);
  say("called %d", calls);
  close_all(&loop);
  leave_scratch();
  return finish(&loop);
}
