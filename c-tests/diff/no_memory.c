/* An allocator that has nothing to give: calls that need memory say so, and the
 * loop can be closed all the same. */
#include "trace.h"

static void on_write(uv_write_t *w, int status) {
  (void) w;
  say("written %s", name(status));
}

int main(void) {
  uv_loop_t loop;
  static uv_tcp_t t;
  static uv_write_t w;
  uv_buf_t b[5];
  int i, peer;
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_say));
  run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < 5; i++) b[i] = uv_buf_init((char *) "abcde" + i, 1);
  starve = 1;
  say("new loop %d", uv_loop_new() != NULL);
  TRY(uv_write(&w, S(&t), b, 4, on_write));
  run(&loop, UV_RUN_NOWAIT);
  starve = 0;
  TRY(uv_write(&w, S(&t), b, 5, on_write));
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
