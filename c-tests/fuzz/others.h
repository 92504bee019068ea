/* What the kernel, other threads and other processes take part in: sockets of the
 * internet, the thread pool, files, children. When and in which order their callbacks
 * come is not this program's to say. */
#ifndef OTHERS_H
#define OTHERS_H

#include "descriptors.h"

static char scratch[TEMPORARY];
static char file_path[TEMPORARY + 8];

static void on_connect(uv_connect_t *r, int status) {
  answered("connect request", r->data, status);
}
static void on_udp_send(uv_udp_send_t *r, int status) {
  answered("send request", r->data, status);
}
static void work(uv_work_t *w) {
  struct timespec t = {0, 20000};
  if (((struct request *) w->data)->id % 3 == 0) nanosleep(&t, NULL);
}
static void after_work(uv_work_t *w, int status) {
  answered("work request", w->data, status);
}
static void on_fs(uv_fs_t *f) {
  struct request *q = f->data;
  int64_t result = f->result;
  if (f->fs_type == UV_FS_OPEN && result >= 0) close((int) result);
  uv_fs_req_cleanup(f);
  answered("fs request", q, result);
}
static void on_names(uv_getaddrinfo_t *g, int status, struct addrinfo *found) {
  uv_freeaddrinfo(found);
  answered("getaddrinfo request", g->data, status);
}
static void on_random(uv_random_t *r, int status, void *to, size_t n) {
  (void) to;
  (void) n;
  answered("random request", r->data, status);
}
static void on_exit_status(uv_process_t *p, int64_t status, int signum) {
  struct slot *s = slot_of(p);
  (void) signum;
  /* Ended in the same turn as another child, whose callback has closed this handle. libuv
   * calls it all the same if its turn is the next one. */
  if (s->closing) return;
  s = enter(p, "exits", status);
  s->started = 0;
  leave(s);
}
static void on_fs_event(uv_fs_event_t *h, const char *file, int events, int status) {
  (void) file;
  (void) events;
  leave(enter(h, "changed", status));
}
static void on_fs_poll(uv_fs_poll_t *h, int status, const uv_stat_t *was, const uv_stat_t *is) {
  (void) was;
  (void) is;
  leave(enter(h, "polled", status));
}
static void on_datagram(uv_udp_t *u, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
                        unsigned flags) {
  struct slot *s = slot_of(u);
  (void) from;
  (void) flags;
  if (s->closing || !s->started) FAULT("a datagram though it is stopped");
  if (buf->base != NULL) give_back(buf->base);
  leave(enter(u, "receives", n));
}

static void on_connection(uv_stream_t *server, int status) {
  struct slot *s = empty_slot();
  enter(server, "connection", status);
  if (status == 0 && s != NULL) {
    fill(s, TCP, UV_TCP);
    MUST(uv_tcp_init(loop, (uv_tcp_t *) s->h));
    MUST(uv_accept(server, STREAM(s)));
  }
  leave(slot_of(server));
}

static void new_server(struct slot *s) {
  struct sockaddr_in a = loopback(0);
  fill(s, SERVER, UV_TCP);
  s->started = 1;
  MUST(uv_tcp_init(loop, (uv_tcp_t *) s->h));
  MUST(uv_tcp_bind((uv_tcp_t *) s->h, SA(&a), 0));
  MUST(uv_listen(STREAM(s), 4, on_connection));
}

static void new_client(struct slot *s, struct slot *server) {
  struct sockaddr_in a;
  int n = sizeof a, r;
  struct request *q;
  MUST(uv_tcp_getsockname((uv_tcp_t *) server->h, SA(&a), &n));
  fill(s, TCP, UV_TCP);
  MUST(uv_tcp_init(loop, (uv_tcp_t *) s->h));
  q = new_request(0, s);
  r = uv_tcp_connect(&q->r.connect, (uv_tcp_t *) s->h, SA(&a), on_connect);
  CALLS(s, "connect to %d as request %d -> %s", server->id, q->id, name(r));
  if (r != 0) end_request(q);
}

static void new_child(struct slot *s, unsigned a) {
  char *words[] = {(char *) "true", NULL};
  uv_process_options_t o;
  int r;
  memset(&o, 0, sizeof o);
  o.file = a % 4 ? "true" : "/no/such/program";
  o.args = words;
  o.exit_cb = on_exit_status;
  fill(s, PROCESS, UV_PROCESS);
  s->started = 1;
  r = uv_spawn(loop, (uv_process_t *) s->h, &o);
  CALLS(s, "spawn -> %s", name(r));
  if (r != 0) {
    /* It is a handle all the same, to be closed. */
    s->started = 0;
    close_slot(s);
  }
}

static void new_other(struct slot *s, enum kind kind, unsigned a) {
  struct sockaddr_in any = loopback(0);
  struct slot *server;
  switch (kind) {
  case TCP:
    server = some(SERVER, a);
    if (server != NULL) new_client(s, server);
    else new_server(s);
    break;
  case UDP:
    fill(s, UDP, UV_UDP);
    MUST(uv_udp_init(loop, (uv_udp_t *) s->h));
    MUST(uv_udp_bind((uv_udp_t *) s->h, SA(&any), 0));
    break;
  case PROCESS: new_child(s, a); break;
  case FS_EVENT:
    fill(s, FS_EVENT, UV_FS_EVENT);
    MUST(uv_fs_event_init(loop, (uv_fs_event_t *) s->h));
    break;
  default:
    fill(s, FS_POLL, UV_FS_POLL);
    MUST(uv_fs_poll_init(loop, (uv_fs_poll_t *) s->h));
  }
}

static void start_other(struct slot *s, unsigned a, unsigned b) {
  int r;
  s->room = rooms[b % COUNT(rooms)];
  switch (s->kind) {
  case TCP: r = uv_read_start(STREAM(s), on_alloc, on_read); break;
  case UDP: r = uv_udp_recv_start((uv_udp_t *) s->h, on_alloc, on_datagram); break;
  case FS_EVENT:
    r = uv_fs_event_start((uv_fs_event_t *) s->h, on_fs_event, a % 2 ? scratch : file_path, 0);
    break;
  case FS_POLL:
    r = uv_fs_poll_start((uv_fs_poll_t *) s->h, on_fs_poll, file_path, 1 + b % 4);
    break;
  default: return;
  }
  CALLS(s, "start -> %s", name(r));
  if (r == 0) s->started = 1;
}

static void stop_other(struct slot *s) {
  int r;
  switch (s->kind) {
  case TCP: r = uv_read_stop(STREAM(s)); break;
  case UDP: r = uv_udp_recv_stop((uv_udp_t *) s->h); break;
  case FS_EVENT: r = uv_fs_event_stop((uv_fs_event_t *) s->h); break;
  case FS_POLL: r = uv_fs_poll_stop((uv_fs_poll_t *) s->h); break;
  default: return;
  }
  s->started = 0;
  CALLS(s, "stop -> %s", name(r));
}

static void send_to_one(struct slot *s, unsigned a, unsigned b) {
  struct slot *to = some(UDP, a);
  struct request *q;
  struct sockaddr_in where;
  int n = sizeof where, r;
  unsigned length = lengths[b % 5];
  uv_buf_t buf;
  if (to == NULL) return;
  MUST(uv_udp_getsockname((uv_udp_t *) to->h, SA(&where), &n));
  q = new_request(length + 1, s);
  buf = uv_buf_init(q->bytes, length);
  r = uv_udp_send(&q->r.udp_send, (uv_udp_t *) s->h, &buf, 1, SA(&where), on_udp_send);
  CALLS(s, "send to %d as request %d -> %s", to->id, q->id, name(r));
  if (r != 0) end_request(q);
}

static void more_other(struct slot *s, unsigned a, unsigned b) {
  if (s->kind == UDP) {
    send_to_one(s, a, b);
  } else if (s->kind == PROCESS) {
    CALLS(s, "kill -> %s", name(uv_process_kill((uv_process_t *) s->h, SIGKILL)));
  } else if (s->kind == TCP) {
    switch (a % 8) {
    case 0: try_some(s, b); break;
    case 1:
      /* A shutdown while connecting is a documented difference. */
      if (((uv_tcp_t *) s->h)->connect_req == NULL) shut(s);
      break;
    case 2:
      if (b % 4) break;
      if (uv_is_closing(s->h)) break;
      if (uv_tcp_close_reset((uv_tcp_t *) s->h, on_close) == 0) {
        CALLS(s, "close_reset%s", "");
        s->closing = 1;
      }
      break;
    default: write_some(s, b);
    }
  }
}

/* Requests of the loop alone. */
static void ask(unsigned a, unsigned b) {
  struct request *q = new_request(64, NULL);
  uv_buf_t buf = uv_buf_init(q->bytes, 64);
  struct addrinfo hints;
  int r;
  memset(&hints, 0, sizeof hints);
  hints.ai_flags = AI_NUMERICHOST;
  switch (a % 8) {
  case 0:
  case 1: r = uv_queue_work(loop, &q->r.work, work, after_work); break;
  case 2: r = uv_fs_stat(loop, &q->r.fs, b % 4 ? file_path : "/no/such", on_fs); break;
  case 3: r = uv_fs_open(loop, &q->r.fs, file_path, UV_FS_O_RDONLY, 0, on_fs); break;
  case 4: r = uv_fs_read(loop, &q->r.fs, 1000, &buf, 1, 0, on_fs); break;
  case 5: r = uv_getaddrinfo(loop, &q->r.getaddrinfo, on_names, "127.0.0.1", NULL, &hints); break;
  case 6: r = uv_random(loop, &q->r.random, q->bytes, 64, 0, on_random); break;
  default: r = uv_fs_scandir(loop, &q->r.fs, scratch, 0, on_fs); break;
  }
  say("%*srequest %d: ask %d -> %s", 2 * depth, "", q->id, (int) (a % 8), name(r));
  if (r != 0) {
    end_request(q);
  } else if (b >= 0xc0) {
    r = uv_cancel(&q->r.req);
    say("%*srequest %d: cancel -> %s", 2 * depth, "", q->id, name(r));
  }
}

static void touch_file(void) {
  int fd = open(file_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  SYS(fd);
  if (write(fd, "x", 1) != 1) broken("write");
  close(fd);
}

#endif
