/* Writes of a few buffers that are taken whole, in part or not at all. */
#include "trace.h"

enum { BIG = 4 << 20, HEAD = 5 };

static uv_loop_t loop;
static char *big;
static uv_write_t r[6];
static size_t total;
static uint64_t sum;
static int waiting;

static void write_cb(uv_write_t *w, int status) {
  say("  %s: %s, nwritten %d, queue %d", (const char *) w->data, name(status),
      (int) uv_write_nwritten(w), (int) w->handle->write_queue_size);
}

/* How much of what is behind has gone by now is a matter of time. */
static void waited_cb(uv_write_t *w, int status) {
  say("  %s: %s, nwritten %d", (const char *) w->data, name(status),
      (int) uv_write_nwritten(w));
  waiting--;
}

static void again(uv_write_t *w, int status) {
  uv_buf_t b[2];
  write_cb(w, status);
  b[0] = text_buf("from ");
  b[1] = text_buf("the callback");
  r[5].data = "again";
  TRY(uv_write(&r[5], w->handle, b, 2, write_cb));
  say("  queue %d", (int) w->handle->write_queue_size);
  total += 17;
}

static void drain(void *arg) {
  static char buf[65536];
  size_t left = total;
  sum = 0;
  while (left > 0) {
    ssize_t i, n = AGAIN(read(*(int *) arg, buf, left < sizeof buf ? left : sizeof buf));
    if (n <= 0) broken("drain");
    for (i = 0; i < n; i++) sum = sum * 31 + (unsigned char) buf[i];
    left -= (size_t) n;
  }
}

/* Each of the three, and one more behind what is left. */
static void writes(uv_stream_t *s, int peer) {
  static const char *const names[] = {"whole", "none", "part", "behind", "one"};
  uv_buf_t b[4], none[3] = {{0}};
  uv_thread_t reader;
  int i;
  total = 0;
  for (i = 0; i < 5; i++) r[i].data = (void *) names[i];
  b[0] = text_buf("head ");
  b[1] = text_buf("");
  b[2] = text_buf("body ");
  b[3] = text_buf("tail ");
  TRY(uv_write(&r[0], s, b, 4, again));
  total += 15;
  TRY(uv_write(&r[1], s, none, 3, write_cb));
  TRY(uv_write(&r[4], s, b, 1, NULL));
  total += HEAD;
  say("queue %d", (int) s->write_queue_size);
  say("cancelled too late: %s", name(uv_cancel((uv_req_t *) &r[0])));
  run(&loop, UV_RUN_NOWAIT);
  b[1] = uv_buf_init(big, BIG);
  TRY(uv_write(&r[2], s, b, 4, waited_cb));
  total += BIG + 15;
  say("waits: %d", s->write_queue_size > 0 && s->write_queue_size < BIG + 15);
  say("nwritten agrees: %d",
      uv_write_nwritten(&r[2]) + s->write_queue_size == BIG + 15);
  TRY(uv_write(&r[3], s, b, 1, waited_cb));
  total += HEAD;
  TRY(uv_try_write(s, b, 2));
  MUST(uv_thread_create(&reader, drain, &peer));
  waiting = 2;
  while (waiting > 0) uv_run(&loop, UV_RUN_ONCE);
  MUST(uv_thread_join(&reader));
  say("read %d bytes, sum %x, queue %d", (int) total, (unsigned) sum,
      (int) s->write_queue_size);
  TRY(uv_try_write(s, b, 1));
  close(peer);
  uv_close((uv_handle_t *) s, NULL);
  run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  uv_tcp_t t;
  uv_pipe_t p;
  int i, fds[2];
  begin();
  MUST(uv_loop_init(&loop));
  big = malloc(BIG);
  for (i = 0; i < BIG; i++) big[i] = (char) (i * 7 + i / 251);
  say("tcp");
  i = tcp_with_peer(&loop, &t);
  writes(S(&t), i);
  say("socket pair");
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) broken("socketpair");
  MUST(uv_pipe_init(&loop, &p, 0));
  MUST(uv_pipe_open(&p, fds[0]));
  writes(S(&p), fds[1]);
  say("pipe");
  if (pipe2(fds, O_CLOEXEC)) broken("pipe2");
  MUST(uv_pipe_init(&loop, &p, 0));
  MUST(uv_pipe_open(&p, fds[1]));
  writes(S(&p), fds[0]);
  free(big);
  return finish(&loop);
}
