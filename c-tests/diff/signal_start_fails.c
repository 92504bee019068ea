/* A handle that caught a signal, and a start for a signal that cannot be watched: the
 * handle is stopped then, and still gets what it caught if it is started again. */
#include "trace.h"

static uv_loop_t loop;
static uv_signal_t h[3];

static void on_signal(uv_signal_t *s, int signum) {
  say("  %s: %s", label(s), strsignal(signum));
}
static void fails_for_next(uv_signal_t *s, int signum) {
  on_signal(s, signum);
  TRY(uv_signal_start(s + 1, on_signal, SIGKILL));
  MUST(uv_signal_start(s + 1, on_signal, signum));
}
static void turns(void) {
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
}

int main(void) {
  static const int cannot[] = {SIGKILL, SIGSTOP, 32, 33, 0, -1, 65};
  static const char *names[] = {"h0", "h1", "h2"};
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < COUNT(h); i++) {
    MUST(uv_signal_init(&loop, &h[i]));
    h[i].data = (void *) names[i];
  }
  /* It keeps the disposition where the others are stopped. */
  MUST(uv_signal_start(&h[2], on_signal, SIGUSR1));

  for (i = 0; i < COUNT(cannot); i++) {
    say("number %d, then started again", cannot[i]);
    MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
    raise(SIGUSR1);
    raise(SIGUSR1);
    show("start", uv_signal_start(&h[0], on_signal, cannot[i]));
    say("active %d, signum %d", uv_is_active(H(&h[0])), h[0].signum);
    MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
    raise(SIGUSR1);
    turns();
  }

  say("failed twice, the second time while it is stopped");
  raise(SIGUSR1);
  TRY(uv_signal_start(&h[0], on_signal, SIGKILL));
  TRY(uv_signal_start_oneshot(&h[0], on_signal, SIGSTOP));
  MUST(uv_signal_start(&h[0], on_signal, SIGUSR1));
  turns();

  say("failed and not started again");
  raise(SIGUSR1);
  TRY(uv_signal_start(&h[0], on_signal, SIGKILL));
  turns();

  say("in a callback, for one whose turn is still to come");
  MUST(uv_signal_start(&h[0], fails_for_next, SIGUSR1));
  MUST(uv_signal_start(&h[1], on_signal, SIGUSR1));
  raise(SIGUSR1);
  raise(SIGUSR1);
  turns();

  say("failed and closed: the close callback waits for what was caught");
  MUST(uv_signal_stop(&h[0]));
  raise(SIGUSR1);
  TRY(uv_signal_start(&h[1], on_signal, SIGKILL));
  CLOSE(&h[1]);
  turns();

  close_all(&loop);
  return finish(&loop);
}
