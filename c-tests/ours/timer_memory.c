/* What many timers take is given back when they have stopped or fired, also while a few
 * of them go on.
 *
 * libuv 1.53.0: its timers are a tree inside the handles; nothing is allocated.
 * right: of a million timers no more than 64 KB is left, with a few started ones too; and
 *   a start, a stop and a turn that find no memory still do what they are for.
 */
#include "check.h"
#include <malloc.h>

enum { MANY = 1000000, KEPT = 20 };

static uv_loop_t loop;
static uv_timer_t *timers;
static long bytes, most;
static int fired, starve;

static void *count(void *block) {
  if (block) bytes += (long) malloc_usable_size(block);
  if (bytes > most) most = bytes;
  return block;
}

static void *my_malloc(size_t n) { return starve ? NULL : count(malloc(n)); }
static void *my_calloc(size_t n, size_t size) { return starve ? NULL : count(calloc(n, size)); }
static void my_free(void *block) {
  if (block) bytes -= (long) malloc_usable_size(block);
  free(block);
}
static void *my_realloc(void *old, size_t n) {
  long before = old ? (long) malloc_usable_size(old) : 0;
  void *block = starve ? NULL : realloc(old, n);
  if (!block) return NULL;
  bytes -= before;
  return count(block);
}

static void on_timer(uv_timer_t *t) {
  (void) t;
  fired++;
}

static void start_many(uint64_t from, uint64_t span) {
  int i;
  for (i = 0; i < MANY; i++) {
    uint64_t timeout = from + (uint64_t) i * 7919 % span;
    CHECK(uv_timer_start(&timers[i], on_timer, timeout, 0) == 0, "uv_timer_start");
  }
}

static void stop_many(int from) {
  int i;
  for (i = from; i < MANY; i++) uv_timer_stop(&timers[i]);
}

int main(void) {
  /* All at one time; each millisecond of a minute; minutes ahead; due at once. */
  static const struct {
    const char *what;
    uint64_t from, span;
    int fires;
  } cases[] = {{"at one time", 1000, 1, 0},
               {"within a minute", 1, 60000, 0},
               {"in some minutes", 100000, 100000, 0},
               {"fired", 0, 30, 1}};
  int i, n;
  long before;
  deadline(50, "a million timers take for ever");
  CHECK(uv_replace_allocator(my_malloc, my_realloc, my_calloc, my_free) == 0, "allocator");
  timers = calloc(MANY, sizeof *timers);
  if (!timers) SKIP("no memory for a million timers");
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init");
  for (i = 0; i < MANY; i++) uv_timer_init(&loop, &timers[i]);
  before = bytes;
  for (n = 0; n < 8; n++) {
    const int at = n % 4, is_starving = n / 4;
    most = 0;
    uv_update_time(&loop);
    start_many(cases[at].from, cases[at].span);
    if (cases[at].fires) {
      fired = 0;
      usleep(40000);
      uv_run(&loop, UV_RUN_NOWAIT);
      CHECK(fired == MANY, "%d of %d timers fired", fired, MANY);
    } else {
      /* A block that cannot be made smaller stays. */
      starve = is_starving;
      stop_many(KEPT);
      CHECK(uv_is_active((uv_handle_t *) &timers[0]), "a timer has stopped");
      CHECK(uv_backend_timeout(&loop) >= 0, "no timer is due");
      if (!is_starving) CHECK(bytes - before <= 65536, "%s: %ld KB are left beside %d timers (%ld at most)",
                              cases[at].what, (bytes - before) / 1024, KEPT, most / 1024);
      starve = 0;
      stop_many(0);
    }
    CHECK(uv_backend_timeout(&loop) <= 0 || !uv_loop_alive(&loop), "a timer is left");
    if (!is_starving) CHECK(bytes - before <= 65536, "%s: %ld KB are left (%ld at most)",
                            cases[at].what, (bytes - before) / 1024, most / 1024);
  }
  for (i = 0; i < MANY; i++) uv_close((uv_handle_t *) &timers[i], NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "uv_loop_close");
  CHECK(bytes == 0, "%ld bytes are left in the end", bytes);
  free(timers);
  return 0;
}
