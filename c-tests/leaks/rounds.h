/* Repeats one round of something and reports what the process holds after the
 * early rounds and after all of them: descriptors, children, heap, memory.
 *
 *   PROGRAM EARLY ALL SECONDS
 *
 * It stops before ALL when SECONDS have passed, and says how far it came. */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define CHECK(expression)                                                     \
  do {                                                                        \
    if (!(expression)) {                                                      \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expression);        \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

/* Written by each program. */
static void set_up(uv_loop_t* loop);
static void one_round(uv_loop_t* loop);

static int descriptors(void) {
  int count = 0;
  DIR* dir = opendir("/proc/self/fd");
  CHECK(dir != NULL);
  while (readdir(dir) != NULL) count++;
  closedir(dir);
  return count;
}

/* Whether there is a child that lives or waits to be reaped. */
static int has_children(void) {
  siginfo_t info;
  int result = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
  CHECK(result == 0 || errno == ECHILD);
  return result == 0;
}

static void report(int round) {
  size_t resident;
  CHECK(uv_resident_set_memory(&resident) == 0);
  printf("rounds %d descriptors %d children %d heap %zu resident %zu\n", round,
         descriptors(), has_children(), mallinfo2().uordblks, resident);
  fflush(stdout);
}

int main(int argc, char** argv) {
  uv_loop_t* loop = uv_default_loop();
  int early, all, round;
  uint64_t end;
  CHECK(argc == 4 && loop != NULL);
  early = atoi(argv[1]);
  all = atoi(argv[2]);
  end = uv_hrtime() + (uint64_t) atoi(argv[3]) * 1000000000;
  set_up(loop);
  for (round = 0; round < all && (round <= early || uv_hrtime() < end); round++) {
    if (round == early) report(round);
    one_round(loop);
  }
  report(round);
  return 0;
}

#endif
