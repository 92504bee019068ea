/* What poll handles refuse, and two of them on one descriptor. */
#include "files.h"

static uv_loop_t loop;
static uv_poll_t p, q;

static void poll_cb(uv_poll_t *h, int status, int events) {
  say("%s: %s, events %d", h == &p ? "p" : "q", name(status), events);
  TRY(uv_poll_stop(h));
}
static void try_init(const char *what, int fd) {
  int r = uv_poll_init(&loop, &p, fd);
  say("init %s -> %s", what, name(r));
  if (r == 0) {
    say("  nonblocking %d, active %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0,
        uv_is_active(H(&p)));
    CLOSE(&p);
    uv_run(&loop, UV_RUN_DEFAULT);
    say("  still open %d", fcntl(fd, F_GETFD) != -1);
  }
}

int main(void) {
  int fds[2], file, ep, loop_is_alive;
  uv_os_fd_t fd;
  uv_tcp_t tcp;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  SYS(pipe2(fds, O_CLOEXEC));
  SYS(file = open("/dev/null", O_RDWR | O_CLOEXEC));
  try_init("/dev/null", file);
  close(file);
  SYS(file = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  try_init("a file", file);
  close(file);
  try_init("nothing", 999);
  try_init("-1", -1);
  try_init("a pipe", fds[0]);
  SYS(ep = uv_backend_fd(&loop));
  try_init("the loop's own epoll", ep);

  say("two handles, one descriptor");
  TRY(uv_poll_init(&loop, &p, fds[1]));
  TRY(uv_poll_init(&loop, &q, fds[1]));
  TRY(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  TRY(uv_poll_start(&q, UV_WRITABLE, poll_cb));
  TRY(uv_poll_start(&q, 0, poll_cb));
  say("active %d %d", uv_is_active(H(&p)), uv_is_active(H(&q)));
  run(&loop, UV_RUN_ONCE);
  TRY(uv_poll_start(&q, UV_WRITABLE, poll_cb));
  TRY(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  run(&loop, UV_RUN_ONCE);
  MUST(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  TRY(uv_poll_init(&loop, &q, fds[1]));
  CLOSE(&p);
  loop_is_alive = uv_loop_alive(&loop);
  say("alive %d", loop_is_alive);
  close_all(&loop);

  say("a stream's descriptor");
  close(tcp_with_peer(&loop, &tcp));
  MUST(uv_fileno(H(&tcp), &fd));
  MUST(uv_read_start(S(&tcp), alloc_static, read_say));
  TRY(uv_poll_init(&loop, &p, fd));
  MUST(uv_read_stop(S(&tcp)));
  TRY(uv_poll_init(&loop, &p, fd));
  TRY(uv_poll_start(&p, UV_READABLE, poll_cb));
  run(&loop, UV_RUN_ONCE);
  CLOSE(&p);
  uv_run(&loop, UV_RUN_DEFAULT);
  tcp.data = "tcp";
  MUST(uv_read_start(S(&tcp), alloc_static, read_say));
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&tcp);
  uv_run(&loop, UV_RUN_DEFAULT);

  say("start and stop");
  MUST(uv_poll_init_socket(&loop, &p, fds[0]));
  TRY(uv_poll_stop(&p));
  TRY(uv_poll_start(&p, 0, poll_cb));
  say("active %d", uv_is_active(H(&p)));
  TRY(uv_poll_start(&p, UV_READABLE, poll_cb));
  say("active %d", uv_is_active(H(&p)));
  TRY(uv_poll_start(&p, 0, NULL));
  say("active %d", uv_is_active(H(&p)));
  put(fds[1], "x");
  run(&loop, UV_RUN_DEFAULT);
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);
  close(fds[0]);
  close(fds[1]);
  leave_scratch();
  return finish(&loop);
}
