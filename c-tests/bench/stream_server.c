/* A server on streams, TCP or unix: echo, sink, source, or several small writes
 * per request. The load comes from load.c. */
#include "common.h"
#include <arpa/inet.h>
#include <uv.h>

enum mode { MODE_ECHO, MODE_SINK, MODE_SOURCE, MODE_BURST };
enum { SPACE = 65536 };

static uv_loop_t loop;
static enum mode mode;
static int unix_socket;
static size_t size, window;
static char *scratch;

struct conn {
  union {
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    uv_stream_t stream;
    uv_handle_t handle;
  } u;
  char *space;    /* what was read and is not yet written back */
  size_t used;
  unsigned pending;
};

struct request {
  uv_write_t req;
  struct request *next;
};

static struct request *spare;

static struct request *take(void) {
  struct request *r = spare;
  if (!r)
    return bench_alloc(1, sizeof *r);
  spare = r->next;
  return r;
}

static void give(struct request *r) {
  r->next = spare;
  spare = r;
}

static void on_close(uv_handle_t *h) {
  struct conn *c = (struct conn *)h;
  free(c->space);
  free(c);
}

static void drop(struct conn *c) {
  if (!uv_is_closing(&c->u.handle))
    uv_close(&c->u.handle, on_close);
}

static void source_one(struct conn *c);

static void on_write(uv_write_t *req, int status) {
  struct conn *c = (struct conn *)req->handle;
  give((struct request *)req);
  if (--c->pending == 0)
    c->used = 0;
  if (status < 0)
    drop(c);
  else if (mode == MODE_SOURCE)
    source_one(c);
}

static void write_out(struct conn *c, char *data, size_t n) {
  uv_buf_t b = uv_buf_init(data, (unsigned)n);
  c->pending++;
  BENCH_OK(uv_write(&take()->req, &c->u.stream, &b, 1, on_write));
}

static void source_one(struct conn *c) {
  if (!uv_is_closing(&c->u.handle))
    write_out(c, scratch, size);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b) {
  struct conn *c = (struct conn *)h;
  (void)suggested;
  if (mode != MODE_ECHO) {
    *b = uv_buf_init(scratch, SPACE);
    return;
  }
  if (!c->space)
    c->space = malloc(SPACE);
  *b = uv_buf_init(c->space + c->used, (unsigned)(SPACE - c->used));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  struct conn *c = (struct conn *)s;
  if (n < 0) {
    drop(c);
  } else if (n > 0 && mode == MODE_ECHO) {
    c->used += (size_t)n;
    write_out(c, b->base, (size_t)n);
  } else if (n > 0 && mode == MODE_BURST) {
    for (size_t i = 0; i < window; i++)
      write_out(c, scratch, size);
  }
}

static void on_connection(uv_stream_t *server, int status) {
  struct conn *c = bench_alloc(1, sizeof *c);
  BENCH_OK(status);
  if (unix_socket)
    BENCH_OK(uv_pipe_init(&loop, &c->u.pipe, 0));
  else
    BENCH_OK(uv_tcp_init(&loop, &c->u.tcp));
  BENCH_OK(uv_accept(server, &c->u.stream));
  if (!unix_socket && mode == MODE_BURST)
    BENCH_OK(uv_tcp_nodelay(&c->u.tcp, 1));
  BENCH_OK(uv_read_start(&c->u.stream, on_alloc, on_read));
  if (mode == MODE_SOURCE)
    for (size_t i = 0; i < window; i++)
      source_one(c);
}

static void on_idle_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void)b;
  if (n < 0)
    uv_close((uv_handle_t *)s, (uv_close_cb)free);
}

/* Nothing but the handle is ours, so that what grows is the library's. */
static void on_idle_connection(uv_stream_t *server, int status) {
  uv_tcp_t *t = malloc(sizeof *t);
  BENCH_OK(status);
  BENCH_OK(uv_tcp_init(&loop, t));
  BENCH_OK(uv_accept(server, (uv_stream_t *)t));
  BENCH_OK(uv_read_start((uv_stream_t *)t, on_alloc, on_idle_read));
}

static void listen_tcp(uv_connection_cb cb) {
  static uv_tcp_t server;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int n = sizeof a;
  char text[32];
  BENCH_OK(uv_tcp_init(&loop, &server));
  BENCH_OK(uv_tcp_bind(&server, (struct sockaddr *)&a, 0));
  BENCH_OK(uv_listen((uv_stream_t *)&server, 4096, cb));
  BENCH_OK(uv_tcp_getsockname(&server, (struct sockaddr *)&a, &n));
  snprintf(text, sizeof text, "%d", ntohs(a.sin_port));
  bench_ready(text);
  uv_run(&loop, UV_RUN_DEFAULT);
}

/* A name in the abstract space leaves nothing behind when the server is killed. Its
 * NUL is shown as @. */
static void listen_unix(uv_connection_cb cb) {
  static uv_pipe_t server;
  char name[64];
  int n = snprintf(name, sizeof name, "@uv-bench-stream-%ld", (long)getpid());
  BENCH_OK(uv_pipe_init(&loop, &server, 0));
  *name = 0;
  BENCH_OK(uv_pipe_bind2(&server, name, (size_t)n, 0));
  *name = '@';
  BENCH_OK(uv_listen((uv_stream_t *)&server, 4096, cb));
  bench_ready(name);
  uv_run(&loop, UV_RUN_DEFAULT);
}

int main(int argc, char **argv) {
  const char *family = argc > 2 ? argv[1] : "", *what = argc > 2 ? argv[2] : "";
  uv_connection_cb cb = on_connection;
  bench_init();
  size = bench_num(argv, "size", 64);
  window = bench_num(argv, "window", 8);
  scratch = bench_alloc(1, size > SPACE ? size : SPACE);
  BENCH_OK(uv_loop_init(&loop));
  unix_socket = !strcmp(family, "unix");
  if (!strcmp(what, "sink"))
    mode = MODE_SINK;
  else if (!strcmp(what, "source"))
    mode = MODE_SOURCE;
  else if (!strcmp(what, "burst"))
    mode = MODE_BURST;
  else if (!strcmp(what, "idle"))
    mode = MODE_SINK, cb = on_idle_connection;
  else if (strcmp(what, "echo"))
    return fprintf(stderr, "usage: stream_server tcp|unix echo|sink|source|burst|idle "
                           "[size=BYTES] [window=N]\n"), 2;
  if (unix_socket)
    listen_unix(cb);
  else
    listen_tcp(cb);
  return 0;
}
