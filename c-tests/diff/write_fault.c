/* Buffers that cannot be read behind some that can: what could be written is
 * written, and then the write fails. With one buffer that goes bad in the middle,
 * with several, and with a request that waits behind another. */
#include "trace.h"

#include <sys/mman.h>

enum { SIZE = 1 << 20, BAD = SIZE / 2 };

static uv_loop_t loop;
static uv_tcp_t t;
static char *space; /* SIZE bytes, of which those from BAD on cannot be read */
static int peer;

static void write_cb(uv_write_t *w, int status) {
  say("  %s: %s", (const char *) w->data, name(status));
}

static void *swallow(void *left) {
  static char sink[65536];
  size_t n = *(size_t *) left;
  while (n > 0) {
    ssize_t r = AGAIN(read(peer, sink, n < sizeof sink ? n : sizeof sink));
    if (r <= 0) broken("swallow");
    n -= (size_t) r;
  }
  return NULL;
}

static void swallowing(void *left) { swallow(left); }

static void attach(void) {
  peer = tcp_with_peer(&loop, &t);
}
static void gone(void) {
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);
}

static void alone(const char *what, uv_buf_t *bufs, unsigned n) {
  uv_write_t r;
  say("%s", what);
  attach();
  r.data = "it";
  TRY(uv_write(&r, S(&t), bufs, n, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  say("queue %d", (int) t.write_queue_size > 0);
  gone();
}

/* The socket is full when the bad ones come, and is emptied then. */
static void behind(void) {
  size_t big = 16 << 20, left = big;
  uv_write_t r[3];
  uv_thread_t reader;
  char *good = calloc(1, big);
  uv_buf_t b[2] = {uv_buf_init(good, (unsigned) big), text_buf("abc")};
  say("behind others");
  attach();
  r[0].data = "big";
  r[1].data = "small";
  r[2].data = "bad";
  TRY(uv_write(&r[0], S(&t), &b[0], 1, write_cb));
  TRY(uv_write(&r[1], S(&t), &b[1], 1, write_cb));
  b[0] = uv_buf_init(space + BAD - 10, 20);
  TRY(uv_write(&r[2], S(&t), b, 1, write_cb));
  left += 3;
  MUST(uv_thread_create(&reader, swallowing, &left));
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_thread_join(&reader));
  gone();
  free(good);
}

int main(void) {
  uv_buf_t b[6];
  int i, n;
  begin();
  MUST(uv_loop_init(&loop));
  space = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED) broken("mmap");
  SYS(mprotect(space + BAD, SIZE - BAD, PROT_NONE));

  b[0] = uv_buf_init(space, SIZE);
  alone("bad in the middle", b, 1);
  b[0] = uv_buf_init(space, 100);
  b[1] = uv_buf_init(space + BAD, 100);
  alone("the second of two", b, 2);
  for (i = 0; i < 6; i++) b[i] = uv_buf_init(space + i * 16384, 16384);
  b[5].base = space + BAD;
  alone("the last of six", b, 6);
  b[0] = uv_buf_init(space + BAD, 100);
  alone("all of it", b, 1);

  say("tried before");
  attach();
  b[0] = uv_buf_init(space + BAD - 65536, 65536);
  b[1] = uv_buf_init(space + BAD, 100);
  n = uv_try_write(S(&t), b, 2);
  say("written in part: %d", n > 0 && n <= 65536);
  TRY(uv_try_write(S(&t), &b[1], 1));
  gone();

  behind();
  munmap(space, SIZE);
  return finish(&loop);
}
