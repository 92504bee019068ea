/* A descriptor's number is used again at once: the new handle must not see the
 * old one's events, and must see its own. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t a, b, c;
static int peer_a, peer_b, peer_c, fd_b;

static void on_c(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void) s;
  say_read("c", n, buf);
}
static void closed_b(uv_handle_t *h) {
  int fds[2];
  (void) h;
  say("b closed");
  plain_pair(fds);
  if (fds[0] != fd_b) {
    /* give the new socket the old number */
    SYS(dup2(fds[0], fd_b));
    close(fds[0]);
  }
  peer_c = fds[1];
  MUST(uv_tcp_init(&loop, &c));
  MUST(uv_tcp_open(&c, fd_b));
  MUST(uv_read_start(S(&c), alloc_static, on_c));
}
static void on_b(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  say_read("b", n, buf);
  if (!uv_is_closing(H(s))) uv_close(H(s), closed_b);
}

int main(void) {
  uv_os_fd_t fd;
  int round;
  begin();
  MUST(uv_loop_init(&loop));
  for (round = 0; round < 3; round++) {
    int again;
    say("round %d", round);
    peer_b = tcp_with_peer(&loop, &b);
    MUST(uv_fileno(H(&b), &fd));
    fd_b = fd;
    MUST(uv_read_start(S(&b), alloc_static, on_b));
    uv_run(&loop, UV_RUN_NOWAIT);
    put(peer_b, "to b");
    settle_handle(&b, POLLIN);
    /* in the second round a duplicate keeps the old socket alive */
    again = round == 1 ? fcntl(fd_b, F_DUPFD_CLOEXEC, 200) : -1;
    if (round == 2) uv_close(H(&b), closed_b);
    run(&loop, UV_RUN_NOWAIT);
    if (write(peer_b, "lost", 4) < 0) errno = 0; /* it may know by now */
    run(&loop, UV_RUN_NOWAIT);
    run(&loop, UV_RUN_NOWAIT);
    put(peer_c, "to c");
    settle_handle(&c, POLLIN);
    run(&loop, UV_RUN_NOWAIT);
    close(peer_c);
    settle_handle(&c, POLLRDHUP);
    run(&loop, UV_RUN_NOWAIT);
    CLOSE(&c);
    run(&loop, UV_RUN_NOWAIT);
    if (again >= 0) close(again);
    close(peer_b);
  }
  say("a duplicate opened as another handle after the close");
  peer_a = tcp_with_peer(&loop, &a);
  MUST(uv_fileno(H(&a), &fd));
  fd_b = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  MUST(uv_read_start(S(&a), alloc_static, on_c));
  run(&loop, UV_RUN_NOWAIT);
  CLOSE(&a);
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_tcp_init(&loop, &c));
  MUST(uv_tcp_open(&c, fd_b));
  MUST(uv_read_start(S(&c), alloc_static, on_c));
  put(peer_a, "still there");
  settle(fd_b, POLLIN);
  run(&loop, UV_RUN_NOWAIT);
  close(peer_a);
  close_all(&loop);
  return finish(&loop);
}
