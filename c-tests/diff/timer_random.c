/* Timers at random, in memory that is overwritten and freed in the close callback, and taken
 * for another timer as soon as malloc returns it again. */
#include "timer_random.h"

static void renew(int i) {
  if (below(2)) return;
  closing[i] = 1;
  uv_close(H(timer(i)), on_close);
}

int main(void) {
  int n, i;
  begin();
  for (n = 0; n < COUNT(numbers); n++) {
    say("%d timers", numbers[n]);
    MUST(uv_loop_init(loop));
    all(numbers[n]);
    for (i = 0; i < number; i++)
      if (!closing[i]) MUST(uv_timer_stop(timer(i)));
    uv_run(loop, UV_RUN_NOWAIT);
    for (i = 0; i < number; i++) uv_close(H(timer(i)), NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    for (i = 0; i < number; i++) free(at[i]);
    if (n + 1 < COUNT(numbers)) TRY(uv_loop_close(loop));
  }
  return finish(loop);
}
