/* A fork out of the callback for one of several handles that watch a directory, and
 * uv_loop_fork there in the child: the others are called for this event all the same,
 * and each for the next, in both processes. */
#include "files.h"

static uv_loop_t loop;
static uv_fs_event_t events[3];
static pid_t child = -1;
static int calls[COUNT(events)];

static void on_event(uv_fs_event_t *h, const char *file, int what, int status) {
  int ended;
  (void) file;
  (void) what;
  calls[h - events]++;
  if (status) say("failed: %s", name(status));
  if (child != -1) return;
  fflush(stdout);
  child = fork();
  SYS(child);
  if (child) {
    SYS(waitpid(child, &ended, 0));
    say("the child has ended: %x", ended);
  } else {
    alarm(20);
    say("the child");
    TRY(uv_loop_fork(&loop));
  }
}

static void turn(void) {
  run(&loop, UV_RUN_NOWAIT);
  say("called %d, %d, %d times", calls[0], calls[1], calls[2]);
}

int main(void) {
  int i;
  begin();
  enter_scratch();
  SYS(mkdir("watched", 0755));
  MUST(uv_loop_init(&loop));
  for (i = 0; i < COUNT(events); i++) {
    MUST(uv_fs_event_init(&loop, &events[i]));
    MUST(uv_fs_event_start(&events[i], on_event, "watched", 0));
  }
  SYS(mkdir("watched/a", 0755));
  turn();
  if (!child) SYS(rmdir("watched/a"));
  turn();
  MUST(uv_fs_event_stop(&events[1]));
  SYS(mkdir("watched/a", 0755));
  turn();
  close_all(&loop);
  if (child) {
    leave_scratch();
    return finish(&loop);
  }
  SYS(rmdir("watched/a"));
  TRY(uv_loop_close(&loop));
  leftovers();
  fflush(stdout);
  _exit(0);
}
