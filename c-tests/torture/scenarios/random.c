/* Random bytes, at once and through the pool. */
#include "../scenario.h"

static unsigned char first[64], second[64];
static uv_random_t req;

static int is_blank(const unsigned char *bytes) {
  static const unsigned char none[64];
  return !memcmp(bytes, none, sizeof none);
}

static void on_random(uv_random_t *done, int status, void *buf, size_t size) {
  if (came(done, status) < 0) return;
  CHECK(buf == second && size == sizeof second, "another buffer");
  CHECK(!is_blank(second), "no bytes from the pool");
}

void scenario(void) {
  if (!begin()) return;
  if (TRY(uv_random(NULL, NULL, first, sizeof first, 0, NULL)) == 0)
    CHECK(!is_blank(first), "no bytes");
  if (TRY(uv_random(&loop, &req, second, sizeof second, 0, on_random)) == 0)
    sent(&req, "uv_random");
  finish();
}
