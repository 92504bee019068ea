/* Several streams ready in one poll, whose callbacks act on each other. */
#include "trace.h"

enum { N = 3 };

static uv_loop_t loop;
static uv_tcp_t t[N];
static int peers[N], seen[N], mode, first;

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  int i = (int) ((uv_tcp_t *) s - t), k;
  (void) b;
  if (n > 0) seen[i]++;
  if (first++) return;
  switch (mode) {
  case 0: uv_stop(&loop); break;
  case 1:
    for (k = 0; k < N; k++)
      if (k != i) uv_close(H(&t[k]), NULL);
    break;
  case 2:
    for (k = 0; k < N; k++)
      if (k != i) uv_read_stop(S(&t[k]));
    break;
  case 3: {
    /* new sockets take the numbers of those that were just closed */
    int fds[2];
    for (k = 0; k < N; k++)
      if (k != i) uv_close(H(&t[k]), NULL);
    plain_pair(fds);
    close(fds[1]);
    close(fds[0]);
    break;
  }
  }
}
static void turn(const char *what) {
  int i, total = 0;
  run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < N; i++) total += seen[i];
  say("%s: %d callbacks", what, total);
}

int main(void) {
  static const char *modes[] = {"the first stops the loop", "the first closes the others",
                                "the first stops the others", "numbers are used again",
                                "all read"};
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (mode = 0; mode < COUNT(modes); mode++) {
    say("%s", modes[mode]);
    first = 0;
    memset(seen, 0, sizeof seen);
    for (i = 0; i < N; i++) {
      peers[i] = tcp_with_peer(&loop, &t[i]);
      MUST(uv_read_start(S(&t[i]), alloc_static, on_read));
    }
    uv_run(&loop, UV_RUN_NOWAIT);
    for (i = 0; i < N; i++) put(peers[i], "data");
    for (i = 0; i < N; i++) settle_handle(&t[i], POLLIN);
    turn("first turn");
    turn("second turn");
    for (i = 0; i < N; i++) close(peers[i]);
    close_all(&loop);
  }
  return finish(&loop);
}
