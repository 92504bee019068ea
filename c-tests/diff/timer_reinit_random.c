/* Timers at random, in memory that is initialised again when its timer is stopped, without
 * uv_close, as a timer or as another handle.
 * Not under valgrind: its loops cannot be closed, as the list of their handles is damaged. */
#include "timer_random.h"

static void renew(int i) { init_again(i); }

int main(void) {
  int n;
  begin();
  for (n = 0; n < COUNT(numbers); n++) {
    say("%d timers", numbers[n]);
    MUST(uv_loop_init(loop));
    all(numbers[n]);
    loop++;
  }
  return 0;
}
