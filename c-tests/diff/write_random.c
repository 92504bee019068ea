/* Writes by chance: of any number and size of buffers, behind one another, tried at once,
 * cancelled, with handles, from callbacks; and what becomes of them when the peer reads,
 * stops or goes, and when the stream is shut down or closed. What comes from callbacks is
 * freed there, and lists of buffers right after the call. */
#include "chance.h"

enum { LOCAL, IPC, FIFO, TCP, KINDS, EXTRA = 2, DEPTH = 3, FEW = 6 };
enum { SCENARIOS = 150 };

static const char *const kinds[] = {"local", "ipc", "fifo", "tcp"};
static uv_loop_t loop;
static union {
  uv_handle_t handle;
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
} it;
/* Handles to be passed. */
static uv_tcp_t extra[EXTRA];
static int extra_open[EXTRA];
static int peer, kind, ids, depth, closing;
static uv_shutdown_t down;

struct request {
  uv_write_t write;
  int id;
  char *memory;
  struct request *next;
};
static struct request *live;

static int below(int n) { return (int) chance((uint32_t) n); }
static int queued(void) { return (int) uv_stream_get_write_queue_size(&it.stream); }
static void act(void);
static void perhaps_act(void) {
  if (closing || depth == DEPTH || below(3)) return;
  depth++;
  act();
  depth--;
}

static void drop(struct request *r) {
  struct request **at = &live;
  while (*at != r) at = &(*at)->next;
  *at = r->next;
  free(r->memory);
  memset(r, 0xA5, sizeof *r);
  free(r);
}
static void write_cb(uv_write_t *w, int status) {
  struct request *r = (struct request *) w;
  say("    #%d: %s, nwritten %d, queue %d", r->id, name(status),
      (int) uv_write_nwritten(w), queued());
  drop(r);
  perhaps_act();
}
static void shutdown_cb(uv_shutdown_t *r, int status) {
  (void) r;
  say("    shutdown: %s, queue %d", name(status), queued());
  perhaps_act();
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  say_read("    it", n, b);
  if (!closing && below(6) == 0) uv_read_stop(s);
  perhaps_act();
}

/* How much a TCP socket takes is a matter of time: there it is always enough. */
static int some_size(void) {
  int many = below(8);
  if (many == 0) return 0;
  if (many == 1) return below(kind == TCP ? 300 : 20000);
  if (many == 2) return kind == TCP ? below(300) : 60000 + below(200000);
  return below(100);
}
static int some_count(void) {
  int many = below(12);
  if (many == 0) return 5 + below(60);
  if (many == 1) return kind == TCP ? FEW : 1020 + below(2000);
  return many == 2 ? 0 : 1 + below(5);
}
static uv_buf_t *some_bufs(int n, char **memory) {
  uv_buf_t *b = malloc(((size_t) n + 1) * sizeof *b);
  size_t at, all = 0;
  int i;
  for (i = 0; i < n; i++) {
    b[i].len = (size_t) (n > FEW ? below(9) : some_size());
    all += b[i].len;
  }
  *memory = malloc(all + 1);
  for (at = 0; at < all; at++) (*memory)[at] = (char) (at * 7 + (size_t) (n + ids));
  for (i = 0, at = 0; i < n; at += b[i++].len)
    b[i].base = b[i].len || below(2) ? *memory + at : NULL;
  return b;
}

static void write_some(void) {
  struct request *r = malloc(sizeof *r);
  int k = below(6), n = some_count(), result;
  uv_stream_t *pass = k < EXTRA && extra_open[k] ? S(&extra[k]) : NULL;
  uv_buf_t *b = some_bufs(n, &r->memory);
  memset(&r->write, 0xCC, sizeof r->write);
  r->id = ++ids;
  r->next = live;
  live = r;
  if (pass || k == 5)
    result = uv_write2(&r->write, &it.stream, b, (unsigned) n, pass, write_cb);
  else
    result = uv_write(&r->write, &it.stream, b, (unsigned) n, write_cb);
  say("  write #%d of %d%s -> %s, queue %d", r->id, n, pass ? " and a handle" : "",
      name(result), queued());
  memset(b, 0xEE, (size_t) n * sizeof *b);
  free(b);
  if (result) drop(r);
}
static void try_some(void) {
  int n = some_count();
  char *memory;
  uv_buf_t *b = some_bufs(n, &memory);
  say("  try %d -> %s, queue %d", n, name(uv_try_write(&it.stream, b, (unsigned) n)),
      queued());
  free(b);
  free(memory);
}
static void cancel_one(void) {
  struct request *r = live;
  int back = below(4);
  if (!r) return;
  while (back-- && r->next) r = r->next;
  say("  cancel #%d -> %s, queue %d", r->id, name(uv_cancel((uv_req_t *) &r->write)),
      queued());
}
static void close_extra(int k) {
  if (!extra_open[k]) return;
  uv_close(H(&extra[k]), NULL);
  extra_open[k] = 0;
}

static void act(void) {
  int what = below(16);
  switch (what) {
  case 0: case 1: try_some(); break;
  case 2: cancel_one(); break;
  case 3: if (below(4) == 0) TRY(uv_shutdown(&down, &it.stream, shutdown_cb)); break;
  case 4: if ((closing = below(8) == 0)) CLOSE(&it); break;
  case 5:
    if (kind != FIFO) TRY(uv_read_start(&it.stream, alloc_static, read_cb));
    break;
  case 6: TRY(uv_read_stop(&it.stream)); break;
  case 7: if (below(3) == 0) close_extra(below(EXTRA)); break;
  case 8:
    say("  active %d, readable %d, writable %d", uv_is_active(&it.handle),
        uv_is_readable(&it.stream), uv_is_writable(&it.stream));
    break;
  default: write_some();
  }
}

/* Reads some of what came, and closes the handles among it. */
static void peer_reads(int most) {
  static char bytes[300000];
  char control[512];
  struct iovec v = {bytes, most ? (size_t) most : sizeof bytes};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control};
  struct cmsghdr *c;
  ssize_t n;
  m.msg_controllen = sizeof control;
  n = kind == FIFO ? AGAIN(read(peer, bytes, v.iov_len))
                   : AGAIN(recvmsg(peer, &m, MSG_CMSG_CLOEXEC));
  /* How TCP cuts it is the kernel's business. */
  if (kind == TCP) return;
  if (n > 0) digested(bytes, (size_t) n);
  say("peer reads %s", name(n < 0 ? -errno : n));
  for (c = kind == FIFO || n <= 0 ? NULL : CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    size_t i, fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    say("peer gets %d handles", (int) fds);
    for (i = 0; i < fds; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      close(fd);
    }
  }
}
static void peer_goes(void) {
  say("the peer goes");
  if (kind == TCP)
    reset(peer);
  else
    close(peer);
  settle_handle(&it, POLLERR | POLLHUP);
  peer = -1;
}
static void peer_acts(void) {
  int what = below(12);
  if (peer < 0) return;
  if (what < 6) {
    peer_reads(below(2) ? 1 + below(3000) : 0);
  } else if (what == 6) {
    if (below(6) == 0) peer_goes();
  } else if (kind != FIFO && what == 7) {
    if (below(6)) return;
    say("the peer ends");
    SYS(shutdown(peer, SHUT_WR));
    settle_handle(&it, POLLRDHUP);
  } else if (kind != FIFO && what < 10) {
    if (AGAIN(write(peer, "hey", 3)) == 3) settle_handle(&it, POLLIN);
  }
}

static void attach(void) {
  int fds[2], swap, i;
  switch (kind) {
  case TCP: plain_pair(fds); break;
  case FIFO:
    SYS(pipe2(fds, O_CLOEXEC));
    swap = fds[0];
    fds[0] = fds[1];
    fds[1] = swap;
    break;
  default: SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  }
  peer = fds[1];
  SYS(fcntl(peer, F_SETFL, O_NONBLOCK));
  if (kind == TCP) {
    MUST(uv_tcp_init(&loop, &it.tcp));
    MUST(uv_tcp_open(&it.tcp, fds[0]));
  } else {
    MUST(uv_pipe_init(&loop, &it.pipe, kind == IPC));
    MUST(uv_pipe_open(&it.pipe, fds[0]));
  }
  for (i = 0; i < EXTRA; i++) {
    struct sockaddr_in a = loopback(0);
    extra_open[i] = kind == IPC || below(4) == 0;
    if (!extra_open[i]) continue;
    MUST(uv_tcp_init(&loop, &extra[i]));
    MUST(uv_tcp_bind(&extra[i], SA(&a), 0));
  }
}
static void scenario(void) {
  int i, steps = 5 + below(60);
  kind = below(KINDS);
  say("%s", kinds[kind]);
  closing = 0;
  attach();
  for (i = 0; i < steps && !closing; i++) {
    int acts = 1 + below(4);
    while (acts-- && !closing) act();
    if (!closing && below(2)) peer_acts();
    if (!closing && below(3)) {
      say("turn");
      uv_run(&loop, UV_RUN_NOWAIT);
    }
  }
  if (!closing) CLOSE(&it);
  for (i = 0; i < EXTRA; i++) close_extra(i);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (live) say("LOST");
  if (peer >= 0) {
    peer_reads(0);
    close(peer);
  }
}

int main(void) {
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < SCENARIOS; i++) scenario();
  say("what came: %llx", (unsigned long long) digest);
  return finish(&loop);
}
