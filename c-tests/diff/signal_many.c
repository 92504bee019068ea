/* Hundreds of handles for one signal, started in any order: who is called, and in which
 * order, also when callbacks stop some of them and start others. */
#include "chance.h"

enum { MANY = 300 };

static uv_loop_t loop;
static uv_signal_t *h;
static int acts;

static void on_signal(uv_signal_t *s, int signum) {
  uv_signal_t *one = &h[chance(MANY)];
  say("%d%s", (int) (s - h), s->signum == signum ? "" : " (stopped)");
  if (!acts || chance(4)) return;
  if (chance(2))
    MUST(uv_signal_stop(one));
  else
    MUST(uv_signal_start(one, on_signal, signum));
}

static void start_some(int count, int once_in) {
  int i;
  for (i = 0; i < count; i++) {
    uv_signal_t *one = &h[chance(MANY)];
    if (once_in && !chance(once_in))
      MUST(uv_signal_start_oneshot(one, on_signal, SIGUSR1));
    else
      MUST(uv_signal_start(one, on_signal, SIGUSR1));
  }
}

static void stop_some(int count) {
  int i;
  for (i = 0; i < count; i++) MUST(uv_signal_stop(&h[chance(MANY)]));
}

int main(void) {
  int i, round;
  begin();
  h = calloc(MANY, sizeof *h);
  MUST(uv_loop_init(&loop));
  for (i = 0; i < MANY; i++) MUST(uv_signal_init(&loop, &h[i]));

  say("for good");
  start_some(2 * MANY, 0);
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  say("the other way round");
  for (i = 0; i < MANY; i++) MUST(uv_signal_stop(&h[i]));
  for (i = MANY - 1; i >= 0; i--) MUST(uv_signal_start(&h[i], on_signal, SIGUSR1));
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  for (round = 0; round < 12; round++) {
    say("round %d", round);
    acts = round >= 4;
    stop_some(MANY);
    start_some(MANY / 2, 1 + round % 4);
    raise(SIGUSR1);
    if (round % 3 == 0) raise(SIGUSR1);
    stop_some(round * 3);
    start_some(round * 5, 0);
    run(&loop, UV_RUN_NOWAIT);
    run(&loop, UV_RUN_NOWAIT);
  }
  /* With nobody left but those for one shot the second signal would be the last. */
  for (i = 0; i < MANY; i++) MUST(uv_signal_stop(&h[i]));
  say("for one shot only");
  for (i = 0; i < 100; i++) {
    uv_signal_t *one = &h[chance(MANY)];
    MUST(uv_signal_start_oneshot(one, on_signal, SIGUSR1));
  }
  acts = 0;
  raise(SIGUSR1);
  run(&loop, UV_RUN_NOWAIT);
  say("alive %d", uv_loop_alive(&loop));

  close_all(&loop);
  i = finish(&loop);
  free(h);
  return i;
}
