/* File operations through the loop: each begins in the callback of the one before. */
#include "../fs_steps.h"

static void advance(void);

static void on_step(uv_fs_t *done) {
  came(done, 0);
  if (taken((int)done->result)) advance();
}

static void advance(void) {
  int result = issue(next_step);
  if (result == 0) sent(&req, names[next_step]);
  else taken(result);
}

void scenario(void) {
  if (!begin()) return;
  callback = on_step;
  advance();
  run();
  clean_up();
  finish();
}
