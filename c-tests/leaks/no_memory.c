/* Has one allocation of a round fail. */
#include "doings.h"

static void* give(size_t n) { return spare() ? malloc(n) : NULL; }
static void* give_zeros(size_t n, size_t size) { return spare() ? calloc(n, size) : NULL; }
static void* give_more(void* p, size_t n) { return spare() ? realloc(p, n) : NULL; }

static void set_up(uv_loop_t* of_main) {
  (void) of_main;
  CHECK(uv_replace_allocator(give, give_more, give_zeros, free) == 0);
}
