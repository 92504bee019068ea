/* A filter refuses system calls that libuv does not make, or makes others for.
 *
 * For each of epoll_wait, recvfrom, sendto, sendmsg, poll, and each of EPERM and
 * ENOSYS, from before the loop is made or from the middle of its life: 100000 bytes go
 * over TCP and over a unix socket and come back, and datagrams over UDP.
 *
 * libuv 1.53.0: works, but for sendmsg, with which it sends datagrams.
 * right: works, by a second call where the first one is refused.
 * wrong: nothing arrives, or the call's error reaches the program.
 */
#include "inject.h"

#define TOTAL 100000
#define DATAGRAMS 20

struct one {
  int nr, error, late;
};

static struct one one;
static uv_loop_t loop;
static uv_tcp_t tcp_server, tcp[2];
static uv_pipe_t unix_end[2];
static uv_udp_t udp[2];
static uv_connect_t connect_req;
static char data[TOTAL], in[65536];
static size_t echoed[2];
static int datagrams;
static struct sockaddr_in udp_addr;

static void on_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf) {
  (void)h, (void)size;
  *buf = uv_buf_init(in, sizeof in);
}

static void on_written(uv_write_t *req, int status) {
  CHECK(status == 0, "write callback: %s", uv_err_name(status));
  free(req);
}

/* In two buffers if `two`: that is another system call. */
static void write_copy(uv_stream_t *s, const char *base, size_t n, int two) {
  uv_write_t *req = malloc(sizeof *req + n);
  char *copy = memcpy(req + 1, base, n);
  uv_buf_t bufs[2] = {uv_buf_init(copy, two ? 1 : n), uv_buf_init(copy + 1, n - 1)};
  int r = uv_write(req, s, bufs, two ? 2 : 1, on_written);
  CHECK(r == 0, "uv_write: %s", uv_err_name(r));
}

static void on_peer_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  CHECK(n >= 0 || n == UV_EOF, "peer's read: %s", uv_err_name(n));
  if (n > 0) write_copy(s, buf->base, n, n > 1000 && n % 2);
  if (n < 0) uv_close((uv_handle_t *)s, NULL);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void)buf;
  CHECK(n >= 0, "read: %s", uv_err_name(n));
  size_t *count = &echoed[s->type == UV_NAMED_PIPE];
  *count += n;
  if (*count == TOTAL) uv_close((uv_handle_t *)s, NULL);
}

static void on_connection(uv_stream_t *s, int status) {
  CHECK(status == 0, "connection: %s", uv_err_name(status));
  uv_tcp_init(&loop, &tcp[1]);
  CHECK(uv_accept(s, (uv_stream_t *)&tcp[1]) == 0, "uv_accept");
  uv_read_start((uv_stream_t *)&tcp[1], on_alloc, on_peer_read);
  uv_close((uv_handle_t *)s, NULL);
}

static void on_connect(uv_connect_t *req, int status) {
  CHECK(status == 0, "connect: %s", uv_err_name(status));
  if (one.late) refuse(one.nr, one.error);
  uv_read_start(req->handle, on_alloc, on_read);
  write_copy(req->handle, data, TOTAL, 0);
}

static void on_sent(uv_udp_send_t *req, int status) {
  CHECK(status == 0, "send: %s", uv_err_name(status));
  free(req);
}

static void send_datagram(void) {
  uv_udp_send_t *req = malloc(sizeof *req);
  uv_buf_t buf = uv_buf_init(data, 100);
  int r = uv_udp_send(req, &udp[0], &buf, 1, (struct sockaddr *)&udp_addr, on_sent);
  CHECK(r == 0, "uv_udp_send: %s", uv_err_name(r));
}

static void on_datagram(uv_udp_t *h, ssize_t n, const uv_buf_t *buf,
                        const struct sockaddr *addr, unsigned flags) {
  (void)buf;
  CHECK(n >= 0, "receive: %s", uv_err_name(n));
  if (addr == NULL) return;
  CHECK(n == 100 && !(flags & UV_UDP_PARTIAL), "%d bytes, flags %u", (int)n, flags);
  if (++datagrams < DATAGRAMS) {
    send_datagram();
  } else {
    uv_close((uv_handle_t *)h, NULL);
    uv_close((uv_handle_t *)&udp[0], NULL);
  }
}

static void start(void) {
  struct sockaddr_in addr;
  int len = sizeof addr, fds[2];
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_tcp_init(&loop, &tcp_server);
  uv_tcp_bind(&tcp_server, (struct sockaddr *)&addr, 0);
  int r = uv_listen((uv_stream_t *)&tcp_server, 5, on_connection);
  CHECK(r == 0, "uv_listen: %s", uv_err_name(r));
  uv_udp_init(&loop, &udp[0]);
  uv_udp_init(&loop, &udp[1]);
  uv_udp_bind(&udp[1], (struct sockaddr *)&addr, 0);
  uv_udp_getsockname(&udp[1], (struct sockaddr *)&udp_addr, &len);
  len = sizeof addr;
  uv_tcp_getsockname(&tcp_server, (struct sockaddr *)&addr, &len);
  uv_tcp_init(&loop, &tcp[0]);
  r = uv_tcp_connect(&connect_req, &tcp[0], (struct sockaddr *)&addr, on_connect);
  CHECK(r == 0, "uv_tcp_connect: %s", uv_err_name(r));
  uv_udp_recv_start(&udp[1], on_alloc, on_datagram);
  if (one.nr != SYS_sendmsg) send_datagram();
  CHECK(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) == 0,
        "uv_socketpair");
  for (int i = 0; i < 2; i++) {
    uv_pipe_init(&loop, &unix_end[i], 0);
    uv_pipe_open(&unix_end[i], fds[i]);
  }
  uv_read_start((uv_stream_t *)&unix_end[0], on_alloc, on_read);
  uv_read_start((uv_stream_t *)&unix_end[1], on_alloc, on_peer_read);
  write_copy((uv_stream_t *)&unix_end[0], data, TOTAL, 1);
}

static void scenario(void *arg) {
  one = *(struct one *)arg;
  if (!one.late && one.nr >= 0) refuse(one.nr, one.error);
  uv_loop_init(&loop);
  start();
  if (one.nr == SYS_sendmsg) {
    uv_close((uv_handle_t *)&udp[0], NULL);
    uv_close((uv_handle_t *)&udp[1], NULL);
    datagrams = DATAGRAMS;
  }
  double before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
  uv_run(&loop, UV_RUN_DEFAULT);
  double used = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before;
  CHECK(echoed[0] == TOTAL && echoed[1] == TOTAL && datagrams == DATAGRAMS,
        "%zu and %zu of %d bytes, %d datagrams", echoed[0], echoed[1], TOTAL,
        datagrams);
  CHECK(used < 2000, "%.0f ms of CPU", used);
  CHECK(uv_loop_close(&loop) == 0, "the loop does not close");
}

int main(void) {
  static const struct {
    const char *name;
    int nr;
  } calls[] = {{"nothing", -1},
#ifdef SYS_epoll_wait
               {"epoll_wait", SYS_epoll_wait},
#endif
#ifdef SYS_poll
               {"poll", SYS_poll},
#endif
               {"ppoll", SYS_ppoll},
               {"recvfrom", SYS_recvfrom},
               {"sendto", SYS_sendto},
               {"sendmsg", SYS_sendmsg}};
  int wrong = 0;
  signal(SIGPIPE, SIG_IGN);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    for (int e = 0; e < 2; e++)
      for (int late = 0; late < 2; late++) {
        struct one one = {calls[i].nr, e ? ENOSYS : EPERM, late && i > 0};
        char name[100];
        snprintf(name, sizeof name, "%s refused with %s%s", calls[i].name,
                 e ? "ENOSYS" : "EPERM", late ? " in the middle" : "");
        wrong += in_child(name, scenario, &one);
      }
  CHECK(wrong == 0, "%d of these", wrong);
  return 0;
}
