/* Several datagrams at once: the order of chunks and of the buffer's return. */
#include "udp_peer.h"

static int chunks;
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
  stop_or_close(h);
}
static void attach(int n) {
  attach_peer(AF_INET | UV_UDP_RECVMMSG);
  say("using %d", uv_udp_using_recvmmsg(&u));
  chunks = n;
}
static void post(int n) {
  char text[20];
  while (n-- > 0) {
    snprintf(text, sizeof text, "message %d", n);
    post_text(text);
  }
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
