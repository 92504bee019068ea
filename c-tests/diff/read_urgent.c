/* Urgent data: a reader hears nothing of it, and all of what comes before and after. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static int got, calls;

static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void) s;
  calls++;
  if (n > 0) got += (int) n;
  say_read("t", n, buf);
}

static void urge(int peer) {
  if (send(peer, "!", 1, MSG_OOB) != 1) broken("send");
  settle_handle(&t, POLLPRI);
}

static void turns(const char *what) {
  int i, before = calls;
  say("%s", what);
  for (i = 0; i < 4; i++) uv_run(&loop, UV_RUN_NOWAIT);
  say("%d calls", calls - before);
}

int main(void) {
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  peer = tcp_with_peer(&loop, &t);
  MUST(uv_read_start(S(&t), alloc_static, read_cb));
  turns("nothing");
  urge(peer);
  turns("urgent data alone");
  put(peer, "after");
  settle_handle(&t, POLLIN);
  turns("data behind it");
  put(peer, "abc");
  urge(peer);
  put(peer, "def");
  settle_handle(&t, POLLIN);
  UNTIL(&loop, got == 11);
  turns("all is read");
  urge(peer);
  close(peer);
  settle_handle(&t, POLLRDHUP);
  turns("urgent data and the end");
  close_all(&loop);
  return finish(&loop);
}
