/* uv_tcp_init_ex, uv_tcp_open and uv_fileno: what they take and refuse. */
#include "trace.h"

static uv_loop_t loop;

static int nonblocking(int fd) { return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

int main(void) {
  static const unsigned flags[] = {0, AF_INET, AF_INET6, AF_UNIX, 47, 0x100,
                                   AF_INET | 0x100, 0xffffffff, 255};
  static uv_tcp_t t, u;
  static uv_timer_t timer;
  uv_os_fd_t fd;
  int i, fds[2], p[2];
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < COUNT(flags); i++) {
    int r = uv_tcp_init_ex(&loop, &t, flags[i]);
    say("init_ex %#x -> %s", flags[i], name(r));
    if (r == 0) {
      say("  fileno %s", name(uv_fileno(H(&t), &fd)));
      uv_close(H(&t), NULL);
      uv_run(&loop, UV_RUN_DEFAULT);
    }
  }
  say("fileno");
  MUST(uv_tcp_init(&loop, &t));
  TRY(uv_fileno(H(&t), &fd));
  MUST(uv_timer_init(&loop, &timer));
  TRY(uv_fileno(H(&timer), &fd));
  CLOSE(&timer);

  say("open");
  plain_pair(fds);
  say("nonblocking %d", nonblocking(fds[0]));
  TRY(uv_tcp_open(&t, fds[0]));
  say("nonblocking %d, readable %d, writable %d", nonblocking(fds[0]),
      uv_is_readable(S(&t)), uv_is_writable(S(&t)));
  TRY(uv_fileno(H(&t), &fd));
  say("the same descriptor %d", fd == fds[0]);
  TRY(uv_tcp_open(&t, fds[0]));
  TRY(uv_tcp_open(&t, fds[1]));
  MUST(uv_read_start(S(&t), alloc_static, read_say));
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_tcp_init(&loop, &u));
  TRY(uv_tcp_open(&u, fds[0]));
  TRY(uv_tcp_open(&u, -1));
  TRY(uv_tcp_open(&u, 999));
  TRY(uv_tcp_open(&u, fds[1]));
  CLOSE(&u);
  CLOSE(&t);
  TRY(uv_fileno(H(&t), &fd));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_fileno(H(&t), &fd));

  say("a pipe, for what it is worth");
  SYS(pipe2(p, O_CLOEXEC));
  MUST(uv_tcp_init(&loop, &t));
  t.data = "pipe";
  TRY(uv_tcp_open(&t, p[0]));
  put(p[1], "through a pipe");
  close(p[1]);
  TRY(uv_read_start(S(&t), alloc_static, read_say));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_tcp_nodelay(&t, 1));
  TRY(uv_tcp_keepalive(&t, 1, 60));
  CLOSE(&t);
  run(&loop, UV_RUN_DEFAULT);

  say("a listening socket");
  {
    int port, l = plain_listen(&port, 4);
    struct sockaddr_in a;
    int n = sizeof a;
    MUST(uv_tcp_init(&loop, &t));
    TRY(uv_tcp_open(&t, l));
    TRY(uv_tcp_getsockname(&t, SA(&a), &n));
    say("port kept %d", ntohs(a.sin_port) == port);
    TRY(uv_tcp_getpeername(&t, SA(&a), &n));
    TRY(uv_read_start(S(&t), alloc_static, read_say));
    run(&loop, UV_RUN_NOWAIT);
    CLOSE(&t);
    run(&loop, UV_RUN_DEFAULT);
  }
  return finish(&loop);
}
