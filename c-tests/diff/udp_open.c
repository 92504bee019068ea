/* Sockets that somebody else opened, shared addresses, and unix datagrams. */
#include "files.h"

static uv_loop_t loop;
static uv_udp_t u, v;
static uv_udp_send_t req;
static int heard;

static void send_cb(uv_udp_send_t *r, int status) {
  (void) r;
  say("sent: %s", name(status));
}
static void recv_cb(uv_udp_t *h, ssize_t n, const uv_buf_t *b,
                    const struct sockaddr *a, unsigned flags) {
  if (n == 0 && !a) return;
  say_read(h == &u ? "u" : "v", n, b);
  say("  family %d, flags %u", a ? a->sa_family : -1, flags);
  heard++;
}
static int plain(int domain) {
  int fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  SYS(fd);
  return fd;
}
static void fresh(void) {
  MUST(uv_udp_init(&loop, &u));
  MUST(uv_udp_init(&loop, &v));
}
static void gone(void) {
  uv_close(H(&u), NULL);
  uv_close(H(&v), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}
static void reuse(int fd) {
  int a = -1, p = -1;
  socklen_t n = sizeof a;
  SYS(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &a, &n));
  SYS(getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &p, &n));
  say("  reuseaddr %d, reuseport %d, nonblocking %d", a, p,
      (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

static void taken(unsigned first, unsigned second) {
  struct sockaddr_in a = loopback(0);
  int n = sizeof a;
  fresh();
  MUST(uv_udp_bind(&u, SA(&a), first));
  MUST(uv_udp_getsockname(&u, SA(&a), &n));
  say("bound with %u, then with %u -> %s", first, second,
      name(uv_udp_bind(&v, SA(&a), second)));
  gone();
}

static void opened(unsigned flags) {
  int fd = plain(AF_INET), r;
  fresh();
  r = uv_udp_open_ex(&u, fd, flags);
  say("open_ex, flags %u -> %s", flags, name(r));
  reuse(fd);
  if (r) close(fd);
  gone();
}

int main(void) {
  struct sockaddr_in there = loopback(9);
  struct sockaddr_un un;
  uv_buf_t x = text_buf("x");
  unsigned f;
  int fd, peer;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  for (f = 0; f < 130; f = f ? 2 * f : 1) opened(f);
  opened(UV_UDP_REUSEADDR | UV_UDP_REUSEPORT);

  say("uv_udp_open");
  fresh();
  fd = plain(AF_INET);
  TRY(uv_udp_open(&u, fd));
  reuse(fd);
  TRY(uv_udp_open(&u, fd));
  TRY(uv_udp_open(&v, 999));
  TRY(uv_udp_open(&v, -1));
  MUST(uv_udp_recv_start(&u, alloc_static, recv_cb));
  TRY(uv_udp_open(&v, fd));
  gone();

  say("connected before");
  fresh();
  fd = plain(AF_INET);
  SYS(connect(fd, SA(&there), sizeof there));
  TRY(uv_udp_open(&u, fd));
  TRY(uv_udp_try_send(&u, &x, 1, SA(&there)));
  TRY(uv_udp_connect(&u, SA(&there)));
  TRY(uv_udp_connect(&u, NULL));
  TRY(uv_udp_try_send(&u, &x, 1, NULL));
  gone();

  say("unix datagrams");
  fresh();
  memset(&un, 0, sizeof un);
  un.sun_family = AF_UNIX;
  strcpy(un.sun_path, "dgram");
  fd = plain(AF_UNIX);
  peer = plain(AF_UNIX);
  SYS(bind(fd, SA(&un), sizeof un));
  TRY(uv_udp_open(&u, fd));
  TRY(uv_udp_recv_start(&u, alloc_static, recv_cb));
  TRY(uv_udp_open(&v, peer));
  TRY(uv_udp_try_send(&v, &x, 1, SA(&un)));
  TRY(uv_udp_send(&req, &v, &x, 1, SA(&un), send_cb));
  UNTIL(&loop, heard == 2);
  strcpy(un.sun_path, "nobody");
  TRY(uv_udp_try_send(&v, &x, 1, SA(&un)));
  TRY(uv_udp_send(&req, &v, &x, 1, SA(&un), send_cb));
  run(&loop, UV_RUN_NOWAIT);
  run(&loop, UV_RUN_NOWAIT);
  gone();
  unlink("dgram");

  taken(0, 0);
  taken(UV_UDP_REUSEADDR, 0);
  taken(0, UV_UDP_REUSEADDR);
  taken(UV_UDP_REUSEADDR, UV_UDP_REUSEADDR);
  taken(UV_UDP_REUSEPORT, UV_UDP_REUSEPORT);
  taken(UV_UDP_REUSEPORT, UV_UDP_REUSEADDR);
  taken(UV_UDP_REUSEPORT | UV_UDP_REUSEADDR, UV_UDP_REUSEPORT);
  leave_scratch();
  return finish(&loop);
}
