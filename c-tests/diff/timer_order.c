/* In which order do timers fire: by deadline, then by start? */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t t[8];

static void fire(uv_timer_t *h) { say("  %s", label(h)); }

/* Let the clock pass every deadline below, so that all are due at once. */
static void all_due(void) {
  uv_sleep(20);
  uv_update_time(&loop);
}

int main(void) {
  static const char *names[] = {"0", "1", "2", "3", "4", "5", "6", "7"};
  static const int deadlines[] = {5, 3, 5, 1, 3, 0, 1, 0};
  int n;
  begin();
  MUST(uv_loop_init(&loop));
  for (n = 0; n < 8; n++) {
    MUST(uv_timer_init(&loop, &t[n]));
    t[n].data = (void *) names[n];
  }
  say("mixed deadlines");
  for (n = 0; n < 8; n++) MUST(uv_timer_start(&t[n], fire, deadlines[n], 0));
  all_due();
  run(&loop, UV_RUN_NOWAIT);

  say("equal deadlines, started backwards");
  for (n = 7; n >= 0; n--) MUST(uv_timer_start(&t[n], fire, 4, 0));
  all_due();
  run(&loop, UV_RUN_NOWAIT);

  say("equal deadlines, one restarted, one stopped and started");
  for (n = 0; n < 8; n++) MUST(uv_timer_start(&t[n], fire, 4, 0));
  MUST(uv_timer_start(&t[2], fire, 4, 0));
  MUST(uv_timer_stop(&t[5]));
  MUST(uv_timer_start(&t[5], fire, 4, 0));
  MUST(uv_timer_stop(&t[6]));
  all_due();
  run(&loop, UV_RUN_NOWAIT);

  say("the loop's clock, not the wall, sets a deadline");
  MUST(uv_timer_start(&t[0], fire, 8, 0));
  uv_sleep(12);
  MUST(uv_timer_start(&t[1], fire, 2, 0));
  all_due();
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_DEFAULT);

  say("many, in a scrambled order");
  {
    static uv_timer_t many[500];
    static char text[500][8];
    for (n = 0; n < 500; n++) {
      MUST(uv_timer_init(&loop, &many[n]));
      snprintf(text[n], sizeof text[n], "%d", n);
      many[n].data = text[n];
      MUST(uv_timer_start(&many[n], fire, (n * 7919u) % 13, 0));
    }
    for (n = 0; n < 500; n += 3) MUST(uv_timer_stop(&many[n]));
    for (n = 0; n < 500; n += 6)
      MUST(uv_timer_start(&many[n], fire, (n * 104729u) % 17, 0));
    all_due();
    run(&loop, UV_RUN_NOWAIT);
    close_all(&loop);
  }
  return finish(&loop);
}
