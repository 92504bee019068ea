/* uv_socketpair: types, protocols, flags. */
#include "trace.h"

int main(void) {
  static const struct { int type, protocol; } kinds[] = {
      {SOCK_STREAM, 0}, {SOCK_DGRAM, 0}, {SOCK_SEQPACKET, 0}, {SOCK_RAW, 0},
      {99, 0}, {SOCK_STREAM, 6}, {SOCK_STREAM | SOCK_NONBLOCK, 0}, {0, 0}, {-1, 0}};
  static const int flags[] = {0, UV_NONBLOCK_PIPE, 1, 0x40 | 1};
  uv_os_sock_t s[2];
  int i, j, r;
  begin();
  for (i = 0; i < COUNT(kinds); i++) {
    s[0] = s[1] = -7;
    r = uv_socketpair(kinds[i].type, kinds[i].protocol, s, 0, 0);
    say("kind %d %d -> %s, touched %d", kinds[i].type, kinds[i].protocol, name(r),
        s[0] != -7);
    if (r == 0) {
      int t;
      socklen_t n = sizeof t;
      SYS(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &t, &n));
      say("  type %d", t);
      close(s[0]);
      close(s[1]);
    }
  }
  for (i = 0; i < COUNT(flags); i++)
    for (j = 0; j < COUNT(flags); j++) {
      r = uv_socketpair(SOCK_STREAM, 0, s, flags[i], flags[j]);
      say("flags %#x %#x -> %s", flags[i], flags[j], name(r));
      if (r != 0) continue;
      say("  nonblocking %d %d, cloexec %d %d", (fcntl(s[0], F_GETFL) & O_NONBLOCK) != 0,
          (fcntl(s[1], F_GETFL) & O_NONBLOCK) != 0, fcntl(s[0], F_GETFD) == FD_CLOEXEC,
          fcntl(s[1], F_GETFD) == FD_CLOEXEC);
      put(s[0], "hi");
      peer_sees(s[1], 10);
      close(s[0]);
      close(s[1]);
    }
  {
    static uv_tcp_t t;
    uv_loop_t loop;
    say("a stream handle on one end");
    MUST(uv_loop_init(&loop));
    MUST(uv_socketpair(SOCK_STREAM, 0, s, UV_NONBLOCK_PIPE, 0));
    MUST(uv_tcp_init(&loop, &t));
    MUST(uv_tcp_open(&t, s[0]));
    MUST(uv_read_start(S(&t), alloc_static, read_say));
    put(s[1], "over a pair");
    run(&loop, UV_RUN_ONCE);
    close(s[1]);
    run(&loop, UV_RUN_DEFAULT);
    close_all(&loop);
    return finish(&loop);
  }
}
