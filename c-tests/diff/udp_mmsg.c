/* Several datagrams at once: the order of chunks and of the buffer's return. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;
static int peer, calls, stop_at, close_at, chunks;
static char *space;

static void alloc_some(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  (void) h;
  say("alloc %d", (int) n);
  *buf = uv_buf_init(space, (unsigned) chunks * 65536 + (chunks ? 10 : 100));
}
static void recv_cb(uv_udp_t *h, ssize_t n, const uv_buf_t *b,
                    const struct sockaddr *a, unsigned flags) {
  say_read("u", n, b);
  say("  flags%s%s%s, address %d, chunk %d of %d bytes",
      flags & UV_UDP_MMSG_CHUNK ? " chunk" : "",
      flags & UV_UDP_MMSG_FREE ? " free" : "",
      flags & UV_UDP_PARTIAL ? " partial" : "", a != NULL,
      (int) ((b->base - space) / 65536), (int) b->len);
  calls++;
  if (calls == stop_at) TRY(uv_udp_recv_stop(h));
  if (calls == close_at) CLOSE(h);
}
static void attach(int n) {
  struct sockaddr_in a = loopback(0);
  int len = sizeof a;
  MUST(uv_udp_init_ex(&loop, &u, AF_INET | UV_UDP_RECVMMSG));
  MUST(uv_udp_bind(&u, SA(&a), 0));
  MUST(uv_udp_getsockname(&u, SA(&a), &len));
  SYS(connect(peer, SA(&a), sizeof a));
  say("using %d", uv_udp_using_recvmmsg(&u));
  calls = stop_at = close_at = 0;
  chunks = n;
}
static void post(int n) {
  char text[20];
  while (n-- > 0) {
    snprintf(text, sizeof text, "message %d", n);
    SYS(send(peer, text, strlen(text), 0));
  }
}
static void once(void) {
  settle_handle(&u, POLLIN);
  run(&loop, UV_RUN_ONCE);
}
static void gone(void) {
  if (!uv_is_closing(H(&u))) CLOSE(&u);
  run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  space = malloc(30 * 65536);
  SYS(peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

  say("fewer than chunks");
  attach(4);
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post(2);
  once();
  say("more than chunks");
  post(7);
  once();
  say("an empty one");
  SYS(send(peer, "", 0, 0));
  once();
  gone();

  say("one chunk");
  attach(1);
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post(3);
  once();
  gone();

  say("more chunks than a call takes");
  attach(25);
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post(24);
  once();
  gone();

  say("no whole chunk");
  attach(0);
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post(1);
  once();
  gone();

  say("stopped in the first chunk");
  attach(4);
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post(3);
  stop_at = 1;
  once();
  gone();

  say("closed in the second chunk");
  attach(4);
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post(3);
  close_at = 2;
  once();
  gone();
  close(peer);
  free(space);
  return finish(&loop);
}
