/* What UDP's calls refuse, and with what. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u, v;
static uv_udp_send_t req;

static void send_cb(uv_udp_send_t *r, int status) {
  (void) r;
  say("  sent: %s", name(status));
}
static void recv_cb(uv_udp_t *h, ssize_t n, const uv_buf_t *b,
                    const struct sockaddr *a, unsigned flags) {
  (void) h;
  (void) b;
  say("  received %s, address %d, flags %u", name(n), a != NULL, flags);
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

int main(void) {
  struct sockaddr_in a = loopback(0), there = loopback(9), got;
  struct sockaddr_in6 six = loopback6(0);
  struct sockaddr_un un;
  struct sockaddr odd;
  uv_buf_t x = text_buf("x"), huge = uv_buf_init(NULL, 0x7ffff001u);
  uv_buf_t *lists[2] = {&x, &x};
  unsigned counts[2] = {1, 1};
  struct sockaddr *addrs[2] = {SA(&there), SA(&there)};
  unsigned f;
  int n;
  begin();
  MUST(uv_loop_init(&loop));
  memset(&odd, 0, sizeof odd);
  odd.sa_family = 200;
  memset(&un, 0, sizeof un);
  un.sun_family = AF_UNIX;

  say("init_ex");
  for (f = 0; f < 2048; f = f ? 2 * f : 1) {
    int r = uv_udp_init_ex(&loop, &u, f | AF_INET);
    uv_os_fd_t fd;
    say("flags %u -> %s", f, name(r));
    if (r == 0) {
      say("  descriptor %s, recvmmsg %d", name(uv_fileno(H(&u), &fd)),
          uv_udp_using_recvmmsg(&u));
      uv_close(H(&u), NULL);
      uv_run(&loop, UV_RUN_DEFAULT);
    }
  }

  say("bind");
  for (f = 1; f < 1024; f *= 2) {
    fresh();
    say("flags %u -> %s, v6 %s", f, name(uv_udp_bind(&u, SA(&a), f)),
        name(uv_udp_bind(&v, SA(&six), f)));
    gone();
  }
  fresh();
  TRY(uv_udp_bind(&u, &odd, 0));
  TRY(uv_udp_bind(&u, SA(&un), 0));
  TRY(uv_udp_bind(&u, SA(&a), 0));
  TRY(uv_udp_bind(&u, SA(&a), 0));
  TRY(uv_udp_bind(&u, SA(&six), 0));
  gone();

  say("names");
  fresh();
  n = sizeof got;
  TRY(uv_udp_getsockname(&u, SA(&got), &n));
  TRY(uv_udp_getpeername(&u, SA(&got), &n));
  TRY(uv_udp_bind(&u, SA(&a), 0));
  TRY(uv_udp_getpeername(&u, SA(&got), &n));
  n = 4;
  TRY(uv_udp_getsockname(&u, SA(&got), &n));
  say("  length %d", n);
  gone();

  say("connect");
  fresh();
  TRY(uv_udp_connect(&u, NULL));
  TRY(uv_udp_connect(&u, &odd));
  TRY(uv_udp_connect(&u, SA(&un)));
  TRY(uv_udp_connect(&u, SA(&there)));
  TRY(uv_udp_connect(&u, SA(&there)));
  TRY(uv_udp_connect(&u, &odd));
  TRY(uv_udp_connect(&u, NULL));
  TRY(uv_udp_connect(&u, NULL));
  TRY(uv_udp_connect(&u, SA(&there)));
  gone();

  say("send");
  fresh();
  MUST(uv_udp_connect(&v, SA(&there)));
  TRY(uv_udp_send(&req, &u, &x, 1, NULL, send_cb));
  TRY(uv_udp_send(&req, &u, &x, 0, SA(&there), send_cb));
  TRY(uv_udp_send(&req, &u, &x, 1024 * 1024 + 1, SA(&there), send_cb));
  TRY(uv_udp_send(&req, &u, &huge, 1, SA(&there), send_cb));
  TRY(uv_udp_send(&req, &u, &x, 1, &odd, send_cb));
  TRY(uv_udp_send(&req, &v, &x, 1, SA(&there), send_cb));
  TRY(uv_udp_send(&req, &v, &x, 0, NULL, send_cb));
  TRY(uv_udp_try_send(&u, &x, 1, NULL));
  TRY(uv_udp_try_send(&u, &x, 0, SA(&there)));
  TRY(uv_udp_try_send(&u, &x, 1, &odd));
  TRY(uv_udp_try_send(&v, &x, 1, SA(&there)));
  TRY(uv_udp_try_send2(&u, 0, lists, counts, addrs, 0));
  TRY(uv_udp_try_send2(&u, 2, lists, counts, addrs, 1));
  TRY(uv_udp_try_send2(&u, 2, lists, counts, addrs, 0));
  MUST(uv_udp_bind(&u, SA(&a), 0));
  TRY(uv_udp_try_send2(&u, 2, lists, counts, addrs, 0));
  TRY(uv_udp_try_send2(&u, 1, lists, counts, addrs, 0));
  TRY(uv_udp_try_send2(&v, 2, lists, counts, addrs, 0));
  counts[1] = 0;
  TRY(uv_udp_try_send2(&u, 2, lists, counts, addrs, 0));
  counts[1] = 1;
  addrs[1] = NULL;
  TRY(uv_udp_try_send2(&u, 2, lists, counts, addrs, 0));
  say("queue %d, %d bytes", (int) uv_udp_get_send_queue_count(&u),
      (int) uv_udp_get_send_queue_size(&u));
  gone();

  say("recv_start");
  fresh();
  TRY(uv_udp_recv_start(&u, NULL, recv_cb));
  TRY(uv_udp_recv_start(&u, alloc_static, NULL));
  TRY(uv_udp_recv_stop(&u));
  TRY(uv_udp_recv_start(&u, alloc_static, recv_cb));
  TRY(uv_udp_recv_start(&u, alloc_static, recv_cb));
  say("active %d", uv_is_active(H(&u)));
  TRY(uv_udp_recv_stop(&u));
  say("active %d", uv_is_active(H(&u)));
  TRY(uv_udp_recv_stop(&u));
  TRY(uv_udp_recv_start(&u, alloc_static, recv_cb));
  n = sizeof got;
  TRY(uv_udp_getsockname(&u, SA(&got), &n));
  say("  any address %d, a port %d", got.sin_addr.s_addr == INADDR_ANY,
      got.sin_port != 0);
  gone();
  return finish(&loop);
}
