/* Exit callbacks that run the loop: what it sees of the children whose end has been
 * noticed, and a handle that is gone when its own callback returns. */
#include "trace.h"

static uv_loop_t loop;
static uv_process_t *p[3];
static uv_timer_t timer;
static int fired, told;

static void on_timer(uv_timer_t *t) {
  (void) t;
  fired++;
}
static void on_gone(uv_handle_t *h) {
  say("  closed");
  memset(h, 0xee, sizeof(uv_process_t));
  free(h);
}
static void waits(uv_process_t *h, int64_t status, int signum) {
  say("  exit %" PRId64 ", signal %d", status, signum);
  told++;
  fired = 0;
  MUST(uv_timer_start(&timer, on_timer, 20, 0));
  say("  a turn inside: %d, fired %d, told %d", uv_run(&loop, UV_RUN_ONCE), fired, told);
  uv_close((uv_handle_t *) h, on_gone);
}
static void goes(uv_process_t *h, int64_t status, int signum) {
  say("  exit %" PRId64 ", signal %d", status, signum);
  told++;
  uv_close((uv_handle_t *) h, on_gone);
  say("  a turn inside: %d, told %d", uv_run(&loop, UV_RUN_NOWAIT), told);
}
static void spawn_it(int at, char *script, uv_exit_cb cb) {
  char *args[] = {"/bin/sh", "-c", script, NULL};
  uv_process_options_t o;
  memset(&o, 0, sizeof o);
  o.file = args[0];
  o.args = args;
  o.exit_cb = cb;
  p[at] = calloc(1, sizeof **p);
  MUST(uv_spawn(&loop, p[at], &o));
}
/* Wait until a child is a zombie, without reaping it. */
static void settle_child(int at) {
  siginfo_t info;
  SYS(waitid(P_PID, p[at]->pid, &info, WEXITED | WNOWAIT));
}
static void all(uv_exit_cb cb) {
  int i;
  told = 0;
  for (i = 0; i < 3; i++) spawn_it(i, i ? "exit 5" : "kill -9 $$", cb);
  for (i = 0; i < 3; i++) settle_child(i);
  run(&loop, UV_RUN_DEFAULT);
  say("told %d", told);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  say("a callback waits for a timer");
  all(waits);
  say("a callback has its own handle closed");
  all(goes);
  CLOSE(&timer);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
