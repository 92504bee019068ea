/* A peer: who is heard, where sends go, and what a refusal looks like. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;
static uv_udp_send_t req;
static int heard;

static void send_cb(uv_udp_send_t *r, int status) {
  (void) r;
  say("sent: %s", name(status));
}
static void recv_cb(uv_udp_t *h, ssize_t n, const uv_buf_t *b,
                    const struct sockaddr *a, unsigned flags) {
  (void) h;
  if (n == 0 && !a) return;
  /* Genuine 1.53.0 loses the sign of an error that the queue told. */
  if (flags & UV_UDP_LINUX_RECVERR)
    say("u is told of an error");
  else
    say_read("u", n, b);
  say("  address %d, flags %u", a != NULL, flags);
  heard++;
}
static int plain_udp(struct sockaddr_in *at) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  SYS(fd);
  *at = loopback(0);
  SYS(bind(fd, SA(at), sizeof *at));
  at->sin_port = htons((uint16_t) plain_port(fd));
  return fd;
}

static void refused(unsigned flags) {
  struct sockaddr_in a = loopback(0), there;
  uv_buf_t x = text_buf("x");
  int other = plain_udp(&there);
  say("refused, flags %u", flags);
  MUST(uv_udp_init(&loop, &u));
  MUST(uv_udp_bind(&u, SA(&a), flags));
  MUST(uv_udp_connect(&u, SA(&there)));
  close(other);
  heard = 0;
  MUST(uv_udp_recv_start(&u, alloc_static, recv_cb));
  TRY(uv_udp_try_send(&u, &x, 1, NULL));
  UNTIL(&loop, heard);
  say("heard %d, active %d", heard, uv_is_active(H(&u)));
  TRY(uv_udp_recv_stop(&u));
  TRY(uv_udp_try_send(&u, &x, 1, NULL));
  settle_handle(&u, POLLERR);
  TRY(uv_udp_try_send(&u, &x, 1, NULL));
  settle_handle(&u, POLLOUT);
  MUST(uv_udp_send(&req, &u, &x, 1, NULL, send_cb));
  uv_run(&loop, UV_RUN_DEFAULT);
  CLOSE(&u);
  run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  struct sockaddr_in here = loopback(0), a, b, got;
  uv_buf_t x = text_buf("hello");
  char buf[20];
  int n = sizeof here, fa, fb;
  begin();
  MUST(uv_loop_init(&loop));
  fa = plain_udp(&a);
  fb = plain_udp(&b);
  MUST(uv_udp_init(&loop, &u));
  MUST(uv_udp_bind(&u, SA(&here), 0));
  MUST(uv_udp_getsockname(&u, SA(&here), &n));
  MUST(uv_udp_recv_start(&u, alloc_static, recv_cb));
  TRY(uv_udp_connect(&u, SA(&a)));
  n = sizeof got;
  TRY(uv_udp_getpeername(&u, SA(&got), &n));
  say("  length %d, a's port %d", n, got.sin_port == a.sin_port);
  SYS(sendto(fb, "from b", 6, 0, SA(&here), sizeof here));
  SYS(sendto(fa, "from a", 6, 0, SA(&here), sizeof here));
  UNTIL(&loop, heard);
  TRY(uv_udp_send(&req, &u, &x, 1, NULL, send_cb));
  while (uv_udp_get_send_queue_count(&u)) uv_run(&loop, UV_RUN_NOWAIT);
  say("a got %d", (int) AGAIN(recv(fa, buf, sizeof buf, 0)));
  TRY(uv_udp_connect(&u, NULL));
  TRY(uv_udp_getpeername(&u, SA(&got), &n));
  TRY(uv_udp_try_send(&u, &x, 1, SA(&b)));
  say("b got %d", (int) AGAIN(recv(fb, buf, sizeof buf, 0)));
  TRY(uv_udp_connect(&u, SA(&b)));
  CLOSE(&u);
  run(&loop, UV_RUN_DEFAULT);
  close(fa);
  close(fb);
  refused(0);
  refused(UV_UDP_LINUX_RECVERR);
  return finish(&loop);
}
