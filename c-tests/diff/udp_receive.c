/* Receiving: cut and empty datagrams, no buffer, no more data, and stopping or
 * closing inside the callback. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;
static int peer, calls, stop_at, close_at, room = 100;
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
  calls++;
  if (calls == stop_at) TRY(uv_udp_recv_stop(h));
  if (calls == close_at) CLOSE(h);
}
static void attach(void) {
  struct sockaddr_in a = loopback(0);
  int n = sizeof a;
  MUST(uv_udp_init(&loop, &u));
  MUST(uv_udp_bind(&u, SA(&a), 0));
  MUST(uv_udp_getsockname(&u, SA(&a), &n));
  SYS(connect(peer, SA(&a), sizeof a));
  from.sin_port = htons((uint16_t) plain_port(peer));
  calls = stop_at = close_at = 0;
  room = sizeof space;
}
static void post(const char *text) {
  SYS(send(peer, text, strlen(text), 0));
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
  SYS(peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

  say("several, one empty");
  attach();
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post("one");
  post("");
  post("three");
  once();

  say("too long for the buffer");
  room = 3;
  post("four");
  post("five and more");
  post("six");
  once();

  say("no buffer");
  room = 0;
  post("seven");
  once();
  once();
  room = sizeof space;
  once();

  say("stopped inside");
  stop_at = calls + 2;
  post("eight");
  post("nine");
  post("ten");
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
  post("eleven");
  post("twelve");
  once();
  gone();

  say("closed with data waiting");
  attach();
  MUST(uv_udp_recv_start(&u, alloc_some, recv_cb));
  post("thirteen");
  gone();

  say("nobody receives");
  attach();
  post("fourteen");
  run(&loop, UV_RUN_DEFAULT);
  gone();
  close(peer);
  return finish(&loop);
}
