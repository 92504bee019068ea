/* What a descriptor is taken for, and which are kept from other programs. */
#include "trace.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

static const char *kind(uv_handle_type t) {
  switch (t) {
#define XX(uc, lc) case UV_##uc: return #lc;
    UV_HANDLE_TYPE_MAP(XX)
#undef XX
    case UV_FILE: return "file";
    case UV_UNKNOWN_HANDLE: return "unknown";
    default: return "something else";
  }
}

static void guess(const char *what, int fd) {
  say("%s: %s", what, kind(uv_guess_handle(fd)));
  if (fd >= 0) close(fd);
}

int main(void) {
  int fds[2], fd, kept;

  begin();
  guess("-1", -1);
  say("not open: %s", kind(uv_guess_handle(900)));
  guess("file", open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  guess("directory", open("/", O_RDONLY | O_CLOEXEC));
  guess("/dev/null", open("/dev/null", O_RDWR | O_CLOEXEC));
  guess("by path only", open("/dev/null", O_PATH | O_CLOEXEC));
  guess("pty", posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  guess("epoll", epoll_create1(EPOLL_CLOEXEC));
  guess("eventfd", eventfd(0, EFD_CLOEXEC));
  SYS(pipe2(fds, O_CLOEXEC));
  guess("pipe", fds[0]);
  guess("pipe", fds[1]);
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  guess("unix stream", fds[0]);
  guess("unix stream, peer gone", fds[1]);
  guess("unix datagram", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  guess("unix seqpacket", socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  guess("tcp", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  guess("tcp6", socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  guess("udp", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  guess("udp6", socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  guess("netlink", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));

  say("%d %d", uv_get_osfhandle(5), uv_open_osfhandle(5));
  say("%d %d", uv_get_osfhandle(-1), uv_open_osfhandle(-1));

  /* a gap below 16 does not matter, one above ends it */
  SYS(dup2(1, 12));
  SYS(dup2(1, 16));
  SYS(dup2(1, 17));
  SYS(dup2(1, 40));
  close(18);
  uv_disable_stdio_inheritance();
  for (fd = 0; fd < 50; fd++) {
    if (fd > 2 && fd != 12 && fd != 16 && fd != 17 && fd != 40) continue;
    kept = fcntl(fd, F_GETFD);
    say("%d: %s", fd, kept == -1 ? "not open" : kept ? "kept back" : "handed on");
  }
  close(12);
  close(16);
  close(17);
  close(40);
  leftovers();
  return 0;
}
