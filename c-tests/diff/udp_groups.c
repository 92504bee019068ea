/* Multicast groups: what joining and leaving refuses, and that it binds. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;

static void fresh(int domain) {
  MUST(uv_udp_init_ex(&loop, &u, domain));
}
static void gone(void) {
  uv_close(H(&u), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}
static void bound(void) {
  uv_os_fd_t fd;
  int on = -1;
  socklen_t n = sizeof on;
  if (uv_fileno(H(&u), &fd)) {
    say("  no socket");
    return;
  }
  SYS(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, &n));
  say("  a socket, shares its address %d", on);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  fresh(AF_UNSPEC);
  TRY(uv_udp_set_membership(&u, "nonsense", NULL, UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "nonsense", NULL, "127.0.0.1",
                                   UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "239.1.2.3", NULL, "nonsense",
                                   UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "239.1.2.3", NULL, "::1",
                                   UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "ff02::1", NULL, "127.0.0.1",
                                   UV_JOIN_GROUP));
  bound();
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "127.0.0.1", 7));
  bound();
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "nonsense", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "::1", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "192.0.2.77", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "127.0.0.1", "127.0.0.1", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "127.0.0.1", UV_LEAVE_GROUP));
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "127.0.0.1", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "127.0.0.1", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "127.0.0.1", UV_LEAVE_GROUP));
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "127.0.0.1", UV_LEAVE_GROUP));
  TRY(uv_udp_set_source_membership(&u, "232.1.2.3", "127.0.0.1", "127.0.0.1",
                                   9));
  TRY(uv_udp_set_source_membership(&u, "232.1.2.3", "127.0.0.1", "127.0.0.1",
                                   UV_LEAVE_GROUP));
  TRY(uv_udp_set_source_membership(&u, "232.1.2.3", "127.0.0.1", "127.0.0.1",
                                   UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "232.1.2.3", "127.0.0.1", "127.0.0.1",
                                   UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "232.1.2.3", "127.0.0.1", "127.0.0.1",
                                   UV_LEAVE_GROUP));
  gone();

  say("IPv6");
  fresh(AF_UNSPEC);
  TRY(uv_udp_set_membership(&u, "ff02::7", "::%lo", 7));
  bound();
  TRY(uv_udp_set_membership(&u, "ff02::7", "nonsense", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "ff02::7", "127.0.0.1", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "::1", "::%lo", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "ff02::7", "::%lo", UV_LEAVE_GROUP));
  TRY(uv_udp_set_membership(&u, "ff02::7", "::%lo", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "ff02::7", "::%lo", UV_JOIN_GROUP));
  TRY(uv_udp_set_membership(&u, "ff02::7", "::%lo", UV_LEAVE_GROUP));
  TRY(uv_udp_set_source_membership(&u, "ff32::7", "::%lo", "::1", 9));
  TRY(uv_udp_set_source_membership(&u, "ff32::7", "nonsense", "::1",
                                   UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "ff32::7", "::%lo", "::1",
                                   UV_LEAVE_GROUP));
  TRY(uv_udp_set_source_membership(&u, "ff32::7", "::%lo", "::1",
                                   UV_JOIN_GROUP));
  TRY(uv_udp_set_source_membership(&u, "ff32::7", "::%lo", "::1",
                                   UV_LEAVE_GROUP));
  gone();

  say("a group of the other family");
  fresh(AF_INET);
  TRY(uv_udp_set_membership(&u, "ff02::7", "::%lo", UV_JOIN_GROUP));
  bound();
  gone();
  fresh(AF_INET6);
  TRY(uv_udp_set_membership(&u, "239.1.2.3", "127.0.0.1", UV_JOIN_GROUP));
  bound();
  gone();
  return finish(&loop);
}
