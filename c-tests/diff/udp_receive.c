/* Receiving: cut and empty datagrams, no buffer, no more data, and stopping or
 * closing inside the callback. */
#include "udp_peer.h"

static int room = 100;
static char space[100];
static struct sockaddr_in from;

static void alloc_some(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  (void) h;
  say("alloc %d", (int) n);
  *buf = uv_buf_init(room ? space : NULL, (unsigned) room);
}
static void recv_cb(uv_udp_t *h, ssize_t n, const uv_buf_t *b,
                    const struct sockaddr *a, unsigned flags) {
  const struct sockaddr_in *in = (const struct sockaddr_in *) a;
  say_read("u", n, b);
  say("  flags %u, from the peer: %d, buffer %d", flags,
      a ? in->sin_port == from.sin_port : -1, b->base != NULL);
  stop_or_close(h);
}
static void attach(void) {
  attach_peer(AF_UNSPEC);
  from.sin_port = htons((uint16_t) plain_port(peer));
  room = sizeof space;
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  SYS(peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

  say("several, one empty");
  attach();
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post_text("one");
  post_text("");
  post_text("three");
  once();

  say("too long for the buffer");
  room = 3;
  post_text("four");
  post_text("five and more");
  post_text("six");
  once();

  say("no buffer");
  room = 0;
  post_text("seven");
  once();
  once();
  room = sizeof space;
  once();

  say("stopped inside");
  stop_at = calls + 2;
  post_text("eight");
  post_text("nine");
  post_text("ten");
  once();
  say("active %d", uv_is_active(H(&u)));
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  once();
  gone();

  say("closed inside");
  attach();
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  close_at = 1;
  post_text("eleven");
  post_text("twelve");
  once();
  gone();

  say("closed with data waiting");
  attach();
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post_text("thirteen");
  gone();

  say("nobody receives");
  attach();
  post_text("fourteen");
  run(&loop, UV_RUN_DEFAULT);
  gone();
  close(peer);
  return finish(&loop);
}
