/* uv_tcp_open takes any descriptor: datagrams arrive one by one and none is left
 * behind; a socket that was read from before it listens takes every connection. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static int accepted;

static void turns(void) {
  int i;
  for (i = 0; i < 6; i++) uv_run(&loop, UV_RUN_NOWAIT);
}

static void close_now(uv_tcp_t *h) {
  uv_close(H(h), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void three_messages(const char *what, int fd, int peer) {
  say("%s", what);
  put(peer, "one");
  put(peer, "three");
  put(peer, "seventeen");
  settle(fd, POLLIN);
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_open(&t, fd));
  TRY(uv_read_start(S(&t), alloc_static, read_say));
  turns();
  put(peer, "four");
  settle(fd, POLLIN);
  turns();
  close_now(&t);
  close(peer);
}

static void pair(const char *what, int type) {
  int s[2];
  SYS(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, s));
  three_messages(what, s[0], s[1]);
}

static void udp(void) {
  struct sockaddr_in a = loopback(0);
  socklen_t n = sizeof a;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  SYS(bind(fd, SA(&a), sizeof a));
  SYS(getsockname(fd, SA(&a), &n));
  SYS(connect(peer, SA(&a), n));
  three_messages("udp", fd, peer);
}

static void on_connection(uv_stream_t *s, int status) {
  static uv_tcp_t clients[8];
  uv_tcp_t *c = &clients[accepted++];
  if (status) say("connection %s", name(status));
  MUST(uv_tcp_init(&loop, c));
  MUST(uv_accept(s, S(c)));
  uv_close(H(c), NULL);
}

static void listen_after_reading(void) {
  struct sockaddr_in a = loopback(0);
  int i, n = sizeof a, peers[5];
  say("listening after reading");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_tcp_open(&t, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
  TRY(uv_read_start(S(&t), alloc_static, read_say));
  turns();
  TRY(uv_read_stop(S(&t)));
  TRY(uv_tcp_bind(&t, SA(&a), 0));
  TRY(uv_listen(S(&t), 8, on_connection));
  MUST(uv_tcp_getsockname(&t, SA(&a), &n));
  for (i = 0; i < COUNT(peers); i++) peers[i] = plain_connect(ntohs(a.sin_port));
  for (i = 0; i < 3; i++) turns();
  say("accepted %d", accepted);
  for (i = 0; i < COUNT(peers); i++) close(peers[i]);
  close_now(&t);
}

static uv_tcp_t client;

static void accept_client(uv_stream_t *s, int status) {
  say("connection %s", name(status));
  TRY(uv_accept(s, S(&client)));
  TRY(uv_read_start(S(&client), alloc_static, read_say));
}

/* A listener of another family hands its kind on to what it accepts. */
static void accepted_packets(void) {
  struct sockaddr_un a;
  socklen_t n = sizeof a.sun_family;
  int l = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  int peer = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  memset(&a, 0, sizeof a);
  a.sun_family = AF_UNIX;
  say("accepted packets");
  SYS(bind(l, SA(&a), n)); /* a name of the kernel's choice */
  n = sizeof a;
  SYS(getsockname(l, SA(&a), &n));
  MUST(uv_tcp_init(&loop, &t));
  MUST(uv_tcp_init(&loop, &client));
  TRY(uv_tcp_open(&t, l));
  TRY(uv_listen(S(&t), 8, accept_client));
  SYS(connect(peer, SA(&a), n));
  put(peer, "one");
  put(peer, "three");
  turns();
  uv_close(H(&client), NULL);
  close_now(&t);
  close(peer);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  pair("datagrams", SOCK_DGRAM);
  pair("packets", SOCK_SEQPACKET);
  pair("a stream", SOCK_STREAM);
  udp();
  listen_after_reading();
  accepted_packets();
  return finish(&loop);
}
