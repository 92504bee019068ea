/* A signal's callback closes its handle and runs the loop: the handle may only be freed
 * when the callback has ended. */
#include "trace.h"

static uv_loop_t loop;
static int inside;

static void on_closed(uv_handle_t *h) {
  say("  closed %s", inside ? "inside the callback" : "after it");
  memset(h, 0xa5, sizeof(uv_signal_t));
  free(h);
}
static void on_signal(uv_signal_t *h, int signum) {
  inside = 1;
  say("  signal %d", signum == SIGUSR1);
  uv_close(H(h), on_closed);
  TRY(uv_run(&loop, UV_RUN_NOWAIT));
  inside = 0;
}
static void closes(int once) {
  uv_signal_t *h = malloc(sizeof *h);
  MUST(uv_signal_init(&loop, h));
  MUST(once ? uv_signal_start_oneshot(h, on_signal, SIGUSR1)
            : uv_signal_start(h, on_signal, SIGUSR1));
  SYS(raise(SIGUSR1));
  run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  say("started");
  closes(0);
  say("started for once");
  closes(1);
  return finish(&loop);
}
