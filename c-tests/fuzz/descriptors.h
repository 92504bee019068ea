/* Pipe handles over pairs of sockets and poll handles on them. What is written is there
 * at once on the other side, so that each turn's events follow from the actions alone. */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "world.h"

#define STREAM(s) ((uv_stream_t *) (s)->h)

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  struct slot *s = slot_of(h);
  (void) suggested;
  if (s->closing || !s->started) FAULT("memory for a read that is stopped");
  *buf = s->room ? uv_buf_init(take(s->room), s->room) : uv_buf_init(NULL, 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
  struct slot *s = slot_of(stream);
  size_t room = buf->base != NULL ? buf->len : 0;
  if (n > (ssize_t) room) FAULT("%d bytes in memory for %d", (int) n, (int) room);
  if (buf->base != NULL) give_back(buf->base);
  enter(stream, "reads", n);
  if (n == UV_EOF) s->started = 0;
  leave(s);
}

static void on_write(uv_write_t *w, int status) {
  answered("write request", w->data, status);
}
static void on_shutdown(uv_shutdown_t *r, int status) {
  answered("shutdown request", r->data, status);
}

static void on_poll(uv_poll_t *p, int status, int events) {
  leave(enter(p, "ready", status < 0 ? status : events));
}

static const unsigned rooms[] = {0, 1, 7, 64, 4096, 65536};
static const unsigned lengths[] = {0, 1, 5, 100, 3000, 70000};

static int raw_pair(int fds[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
}

static void open_pipe(struct slot *s, int fd) {
  fill(s, PIPE, UV_NAMED_PIPE);
  MUST(uv_pipe_init(loop, (uv_pipe_t *) s->h, 0));
  MUST(uv_pipe_open((uv_pipe_t *) s->h, fd));
}

static void new_descriptor(struct slot *s, enum kind kind, unsigned a) {
  struct slot *other;
  int fds[2];
  SYS(raw_pair(fds));
  if (kind == POLL) {
    fill(s, POLL, UV_POLL);
    s->fd = fds[0];
    s->peer = fds[1];
    MUST(uv_poll_init(loop, (uv_poll_t *) s->h, fds[0]));
    return;
  }
  open_pipe(s, fds[0]);
  other = a % 2 == 0 ? empty_slot() : NULL;
  if (other != NULL) open_pipe(other, fds[1]);
  else s->peer = fds[1];
}

static void start_descriptor(struct slot *s, unsigned a, unsigned b) {
  int r;
  if (s->kind == POLL) {
    int events = 1 + (int) (a % 15);
    r = uv_poll_start((uv_poll_t *) s->h, events, on_poll);
    CALLS(s, "start %d -> %s", events, name(r));
  } else {
    s->room = rooms[b % COUNT(rooms)];
    r = uv_read_start(STREAM(s), on_alloc, on_read);
    CALLS(s, "read into %d -> %s", (int) s->room, name(r));
  }
  if (r == 0) s->started = 1;
}

static void stop_descriptor(struct slot *s) {
  int r = s->kind == POLL ? uv_poll_stop((uv_poll_t *) s->h) : uv_read_stop(STREAM(s));
  s->started = 0;
  CALLS(s, "stop -> %s", name(r));
}

static void write_some(struct slot *s, unsigned b) {
  unsigned n = lengths[b % COUNT(lengths)], half = n / 2;
  struct request *q = new_request(n ? n : 1, s);
  uv_buf_t bufs[2];
  int r;
  bufs[0] = uv_buf_init(q->bytes, half);
  bufs[1] = uv_buf_init(q->bytes + half, n - half);
  r = uv_write(&q->r.write, STREAM(s), bufs, 2, on_write);
  CALLS(s, "write %d as request %d -> %s", (int) n, q->id, name(r));
  if (r != 0) end_request(q);
}

static void try_some(struct slot *s, unsigned b) {
  static char bytes[70000];
  uv_buf_t buf = uv_buf_init(bytes, lengths[b % COUNT(lengths)]);
  int r = uv_try_write(STREAM(s), &buf, 1);
  CALLS(s, "try_write %d -> %s", (int) buf.len, name(r));
}

static void shut(struct slot *s) {
  struct request *q;
  int r;
  q = new_request(0, s);
  r = uv_shutdown(&q->r.shutdown, STREAM(s), on_shutdown);
  CALLS(s, "shutdown as request %d -> %s", q->id, name(r));
  if (r != 0) end_request(q);
}

/* What the other end does, or the program with the descriptor under a poll handle. */
static void raw(struct slot *s, unsigned a, unsigned b) {
  static char bytes[70000];
  int n, fd = s->peer;
  if (s->kind == POLL && a % 2) fd = s->fd;
  if (fd < 0) return;
  switch (a / 2 % 4) {
  case 0:
    n = (int) send(fd, bytes, 1 + lengths[b % 4], MSG_NOSIGNAL);
    CALLS(s, "raw %d: send -> %d", fd == s->peer, n);
    break;
  case 1:
    n = (int) recv(fd, bytes, lengths[b % COUNT(lengths)], 0);
    CALLS(s, "raw %d: recv -> %d", fd == s->peer, n);
    break;
  case 2:
    n = shutdown(fd, b % 3);
    CALLS(s, "raw %d: shutdown %d -> %d", fd == s->peer, b % 3, n);
    break;
  case 3:
    if (fd != s->peer || b % 2) return;
    close(fd);
    s->peer = -1;
    CALLS(s, "raw: %s", "close");
    break;
  }
}

static void more_descriptor(struct slot *s, unsigned a, unsigned b) {
  if (s->kind == POLL || a % 8 < 3) {
    raw(s, a >> 3, b);
    return;
  }
  switch (a % 8) {
  case 3:
  case 4:
  case 5: write_some(s, b); break;
  case 6: try_some(s, b); break;
  default: shut(s);
  }
}

#endif
