/* Several descriptors ready in one poll; the callback of the first acts on the
 * others, whose turn in the same round is still to come. */
#include "trace.h"

enum { N = 3 };

static uv_loop_t loop;
static uv_poll_t p[N], late;
static uv_pipe_t pipes[N];
static int fds[N][2], seen[N], mode, calls;

static const char *modes[] = {
    "are watched again",   "are watched for writing as well", "are stopped",
    "stopped and started", "are closed",                      "closed, and their numbers used again",
    "run by it, after being stopped", "the loop is stopped", "the next one only is closed"};

static void poll_cb(uv_poll_t *h, int status, int events) {
  int i = (int) (h - p), k;
  if (h == &late) {
    say("  the late one: %s, events %d", name(status), events);
    return;
  }
  seen[i]++;
  say("  %d: %s, events %d", i, name(status), events);
  if (calls++) return;
  for (k = 0; k < N; k++) {
    if (k == i) continue;
    switch (mode) {
    case 0: MUST(uv_poll_start(&p[k], UV_READABLE, poll_cb)); break;
    case 1: MUST(uv_poll_start(&p[k], UV_READABLE | UV_WRITABLE, poll_cb)); break;
    case 2: MUST(uv_poll_stop(&p[k])); break;
    case 6:
    case 3:
      MUST(uv_poll_stop(&p[k]));
      if (mode == 3) MUST(uv_poll_start(&p[k], UV_READABLE, poll_cb));
      break;
    case 4: uv_close(H(&p[k]), NULL); break;
    case 5:
      uv_close(H(&p[k]), NULL);
      if (k == N - 1) {
        MUST(uv_poll_init(&loop, &late, fds[k][0]));
        MUST(uv_poll_start(&late, UV_READABLE, poll_cb));
      }
      break;
    case 8:
      if (k == (i + 1) % N) uv_close(H(&p[k]), NULL);
      break;
    }
  }
  if (mode == 6) {
    say("  inside");
    uv_run(&loop, UV_RUN_NOWAIT);
    say("  outside");
  }
  if (mode == 7) uv_stop(&loop);
}

static void turn(const char *what) {
  say(" %s", what);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void polls(void) {
  int i;
  for (mode = 0; mode < COUNT(modes); mode++) {
    say("the others: %s", modes[mode]);
    calls = 0;
    for (i = 0; i < N; i++) {
      plain_pair(fds[i]);
      MUST(uv_poll_init(&loop, &p[i], fds[i][0]));
      MUST(uv_poll_start(&p[i], UV_READABLE, poll_cb));
      put(fds[i][1], "data");
      settle(fds[i][0], POLLIN);
    }
    turn("first turn");
    turn("second turn");
    close_all(&loop);
    for (i = 0; i < N; i++) {
      close(fds[i][0]);
      close(fds[i][1]);
    }
  }
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  int i = (int) ((uv_pipe_t *) s - pipes), k;
  (void) b;
  say("  %d: %s", i, n > 0 ? "data" : name(n));
  if (calls++) return;
  for (k = 0; k < N; k++) {
    if (k == i) continue;
    MUST(uv_read_stop(S(&pipes[k])));
    if (mode) MUST(uv_read_start(S(&pipes[k]), alloc_static, on_read));
  }
}

static void streams(void) {
  int i;
  for (mode = 0; mode < 2; mode++) {
    say("streams: the others are stopped%s", mode ? " and started" : "");
    calls = 0;
    for (i = 0; i < N; i++) {
      plain_pair(fds[i]);
      MUST(uv_pipe_init(&loop, &pipes[i], 0));
      MUST(uv_pipe_open(&pipes[i], fds[i][0]));
      MUST(uv_read_start(S(&pipes[i]), alloc_static, on_read));
      put(fds[i][1], "data");
      settle_handle(&pipes[i], POLLIN);
    }
    turn("first turn");
    turn("second turn");
    close_all(&loop);
    for (i = 0; i < N; i++) close(fds[i][1]);
  }
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  polls();
  streams();
  return finish(&loop);
}
