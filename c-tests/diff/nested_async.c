/* uv_run inside an async callback is not allowed, and programs do it all the same: the
 * inner run calls those that have had their turn already, and the outer pass goes on
 * with the rest. Nobody's send is lost. */
#include "trace.h"

static uv_loop_t loop;
static uv_async_t asyncs[5];
static int depth;

static void on_async(uv_async_t *h) {
  int i = (int) (h - asyncs);
  say("%*sasync %d", depth * 2, "", i);
  if (i != 1 || depth) return;
  depth = 1;
  MUST(uv_async_send(&asyncs[0]));
  MUST(uv_async_send(&asyncs[1]));
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_async_send(&asyncs[4]));
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&asyncs[3]);
  run(&loop, UV_RUN_NOWAIT);
  depth = 0;
}

int main(void) {
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < COUNT(asyncs); i++)
    MUST(uv_async_init(&loop, &asyncs[i], on_async));
  for (i = 0; i < 4; i++) MUST(uv_async_send(&asyncs[i]));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  say("each once more");
  depth = 1;
  for (i = 0; i < COUNT(asyncs); i++)
    if (i != 3) MUST(uv_async_send(&asyncs[i]));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  close_all(&loop);
  return finish(&loop);
}
