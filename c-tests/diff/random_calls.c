/* Random bytes: the limits, both ways, and that all of the buffer is filled. */
#include "files.h"

static uv_loop_t loop;
static unsigned char bytes[1000];

static void filled(uv_random_t *r, int status, void *buf, size_t n) {
  say("callback: %s, %d, %d bytes, status field %s", name(status), buf == bytes, (int) n,
      name(r->status));
}

/* Over enough rounds every byte is something else than zero at least once. */
static void covers(size_t n) {
  static unsigned char seen[1001];
  size_t i, full = 0;
  int round;
  memset(seen, 0, sizeof seen);
  for (round = 0; round < 20; round++) {
    memset(bytes, 0, sizeof bytes);
    MUST(uv_random(NULL, NULL, bytes, n, 0, NULL));
    for (i = 0; i < sizeof bytes; i++) seen[i] |= bytes[i];
  }
  for (i = 0; i < sizeof bytes; i++) full += seen[i] != 0;
  say("%d asked for, %d filled", (int) n, (int) full);
}

int main(void) {
  uv_random_t req;
  begin();
  MUST(uv_loop_init(&loop));
  TRY(uv_random(NULL, NULL, bytes, (size_t) 1 << 31, 0, NULL));
  TRY(uv_random(&loop, &req, bytes, (size_t) -1, 0, filled));
  TRY(uv_random(NULL, NULL, bytes, 1, 1, NULL));
  TRY(uv_random(&loop, &req, bytes, 1, 2, filled));
  TRY(uv_random(NULL, NULL, bytes, 0, 0, NULL));
  covers(1);
  covers(256);
  covers(257);
  covers(999);
  TRY(uv_random(&loop, &req, bytes, 0, 0, filled));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_random(&loop, &req, bytes, 7, 0, filled));
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
