/* One read, write or accept returns EAGAIN or EINTR though bytes, room or a
 * connection are there; or one epoll_pwait EINTR or EBADF though the set is there.
 *
 * For each kind of stream (TCP, unix socket, pipe, pipe for handles) and each
 * system call that may move bytes, the n-th call fails, for the first few n. One
 * end sends 9000 bytes, or 300000, and closes, or waits until all have come back.
 * The other one reads in pieces of 4096.
 *
 * libuv 1.53.0: late perhaps, but all bytes arrive, and then the end: it asks
 *   epoll, which repeats itself, again. It aborts where a write or epoll_pwait of its
 *   own fails.
 * right: the same where the kernel reports once.
 * wrong: UV_EOF before the last byte, or a reader that waits for ever.
 */
#include "inject.h"

enum kind { TCP, UNIX, PIPE, IPC, KINDS };
static const char *const kinds[] = {"tcp", "unix socket", "pipe", "ipc"};

struct one {
  enum kind kind;
  int echo, nr, nth, error;
  size_t total;
};

static struct one one;
static uv_loop_t loop;
static union {
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
} server, sender, receiver;
static uv_connect_t connect_req;
static uv_write_t write_req;
static uv_shutdown_t shutdown_req;
static char data[300000], in[2][4096];
static size_t received, echoed;
static int ended, written;

static void on_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf) {
  (void)size;
  *buf = uv_buf_init(in[h == (uv_handle_t *)&sender], sizeof in[0]);
}

static void on_echoed(uv_write_t *req, int status) {
  CHECK(status == 0, "echo: %s", uv_err_name(status));
  free(req);
}

static void on_closed(uv_handle_t *h) {
  (void)h;
}

static void on_received(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  if (n == 0) return;
  if (n < 0) {
    CHECK(n == UV_EOF, "read: %s", uv_err_name(n));
    CHECK(received == one.total, "UV_EOF after %zu of %zu bytes", received,
          one.total);
    ended = 1;
    uv_close((uv_handle_t *)s, on_closed);
    return;
  }
  for (ssize_t i = 0; i < n; i++)
    CHECK(buf->base[i] == (char)((received + i) % 251), "other bytes came");
  received += n;
  if (one.echo) {
    uv_write_t *req = malloc(sizeof *req + n);
    uv_buf_t copy = uv_buf_init((char *)(req + 1), n);
    memcpy(copy.base, buf->base, n);
    int r = uv_write(req, s, &copy, 1, on_echoed);
    CHECK(r == 0, "uv_write: %s", uv_err_name(r));
  }
}

static void on_echo(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void)buf;
  CHECK(n >= 0, "the echo ends with %s after %zu bytes", uv_err_name(n), echoed);
  echoed += n;
  if (echoed == one.total) uv_close((uv_handle_t *)s, on_closed);
}

static void on_shut(uv_shutdown_t *req, int status) {
  CHECK(status == 0, "shutdown: %s", uv_err_name(status));
  uv_close((uv_handle_t *)req->handle, on_closed);
}

static void on_written(uv_write_t *req, int status) {
  CHECK(status == 0, "write: %s", uv_err_name(status));
  written = 1;
  if (one.echo) return;
  if (one.kind == PIPE)
    uv_close((uv_handle_t *)req->handle, on_closed);
  else
    uv_shutdown(&shutdown_req, req->handle, on_shut);
}

static void send_all(void) {
  uv_buf_t bufs[2] = {uv_buf_init(data, 5), uv_buf_init(data + 5, one.total - 5)};
  int whole = one.nth % 2;
  if (whole) bufs[0] = uv_buf_init(data, one.total);
  int r = uv_write(&write_req, &sender.stream, bufs, whole ? 1 : 2, on_written);
  CHECK(r == 0, "uv_write: %s", uv_err_name(r));
  if (one.echo) uv_read_start(&sender.stream, on_alloc, on_echo);
}

static void receive(void) {
  int r = uv_read_start(&receiver.stream, on_alloc, on_received);
  CHECK(r == 0, "uv_read_start: %s", uv_err_name(r));
}

static void on_connection(uv_stream_t *s, int status) {
  CHECK(status == 0, "connection: %s", uv_err_name(status));
  uv_tcp_init(&loop, &receiver.tcp);
  int r = uv_accept(s, &receiver.stream);
  CHECK(r == 0, "uv_accept: %s", uv_err_name(r));
  uv_close((uv_handle_t *)s, on_closed);
  receive();
}

static void on_connect(uv_connect_t *req, int status) {
  (void)req;
  CHECK(status == 0, "connect: %s", uv_err_name(status));
  send_all();
}

static void start_tcp(void) {
  struct sockaddr_in addr;
  int len = sizeof addr;
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_tcp_init(&loop, &server.tcp);
  uv_tcp_bind(&server.tcp, (struct sockaddr *)&addr, 0);
  uv_listen(&server.stream, 5, on_connection);
  uv_tcp_getsockname(&server.tcp, (struct sockaddr *)&addr, &len);
  uv_tcp_init(&loop, &sender.tcp);
  uv_tcp_connect(&connect_req, &sender.tcp, (struct sockaddr *)&addr, on_connect);
}

static void start_pair(void) {
  int fds[2];
  if (one.kind == PIPE)
    CHECK(uv_pipe(fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) == 0, "uv_pipe");
  else
    CHECK(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE,
                        UV_NONBLOCK_PIPE) == 0, "uv_socketpair");
  uv_pipe_init(&loop, &receiver.pipe, one.kind == IPC);
  uv_pipe_init(&loop, &sender.pipe, one.kind == IPC);
  uv_pipe_open(&receiver.pipe, fds[0]);
  uv_pipe_open(&sender.pipe, fds[1]);
  receive();
  send_all();
}

static void scenario(void *arg) {
  one = *(struct one *)arg;
  for (size_t i = 0; i < one.total; i++) data[i] = (char)(i % 251);
  inject(one.nr, one.nth, 1, one.error);
  inject_start();
  uv_loop_init(&loop);
  if (one.kind == TCP)
    start_tcp();
  else
    start_pair();
  int r = uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(r == 0 && received == one.total && ended && written,
        "uv_run %d; %zu of %zu bytes, end %d, written %d", r, received,
        one.total, ended, written);
  CHECK(!one.echo || echoed == one.total, "%zu bytes echoed", echoed);
  CHECK(uv_loop_close(&loop) == 0, "the loop does not close");
}

int main(void) {
  static const struct {
    const char *name;
    int nr;
  } calls[] = {{"recvfrom", SYS_recvfrom}, {"read", SYS_read},
               {"recvmsg", SYS_recvmsg},   {"sendto", SYS_sendto},
               {"sendmsg", SYS_sendmsg},   {"write", SYS_write},
               {"writev", SYS_writev},     {"accept4", SYS_accept4},
               {"epoll_pwait", SYS_epoll_pwait}};
  static const struct {
    const char *name;
    int number;
  } errors[] = {{"EAGAIN", EAGAIN}, {"EINTR", EINTR}, {"EBADF", EBADF}};
  int wrong = 0;
  for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
    for (int e = 0; e < 3; e++)
      for (int kind = 0; kind < KINDS; kind++)
        for (int nth = 0; nth < 4; nth++)
          for (int how = 0; how < 3; how++) {
            struct one one = {kind, how == 2, calls[c].nr, nth,
                              errors[e].number, how == 0 ? 9000 : 300000};
            char name[100];
            if (kind == PIPE && one.echo) continue;
            if (one.error == EINTR && nth > 1) continue;
            if ((calls[c].nr == SYS_epoll_pwait ? EAGAIN : EBADF) == one.error) continue;
            if (calls[c].nr == SYS_accept4 && (kind != TCP || nth > 0)) continue;
            snprintf(name, sizeof name, "%s %d fails with %s: %s, %zu bytes%s",
                     calls[c].name, nth, errors[e].name, kinds[kind], one.total,
                     one.echo ? " and back" : "");
            wrong += in_child(name, scenario, &one);
          }
  CHECK(wrong == 0, "%d of these", wrong);
  return 0;
}
