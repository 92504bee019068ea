/* File operations on the calling thread. */
#include "../fs_steps.h"

void scenario(void) {
  if (!begin()) return;
  while (taken(issue(next_step)));
  clean_up();
  finish();
}
