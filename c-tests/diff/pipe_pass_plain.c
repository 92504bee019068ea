/* Descriptors that a plain sender passes: many in a message, split over reads,
 * with a small buffer, and more than the process may have. */
#include "trace.h"

static uv_loop_t loop;
static uv_pipe_t to;
static int peer, reads;
static char small[2];

static void alloc_small(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  (void) h;
  (void) n;
  *buf = uv_buf_init(small, sizeof small);
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("to", n, b);
  say("  pending %d", uv_pipe_pending_count(&to));
  reads++;
}
static void attach(void) {
  int fds[2];
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  MUST(uv_pipe_init(&loop, &to, 1));
  MUST(uv_pipe_open(&to, fds[0]));
  peer = fds[1];
  reads = 0;
}
static void pass(const char *text, int fd, int count) {
  char control[CMSG_SPACE(64 * sizeof(int))];
  struct iovec v = {(void *) text, strlen(text)};
  struct msghdr m;
  struct cmsghdr *c;
  int i;
  memset(&m, 0, sizeof m);
  memset(control, 0, sizeof control);
  m.msg_iov = &v;
  m.msg_iovlen = 1;
  m.msg_control = control;
  m.msg_controllen = CMSG_SPACE(count * sizeof(int));
  c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(count * sizeof(int));
  for (i = 0; i < count; i++)
    memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
  SYS(sendmsg(peer, &m, 0));
}
static void gone(void) {
  CLOSE(&to);
  run(&loop, UV_RUN_DEFAULT);
  close(peer);
}

int main(void) {
  struct rlimit old, few;
  uv_tcp_t tcp;
  int s, got, i;
  begin();
  SYS(s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  MUST(uv_loop_init(&loop));

  say("50 at once");
  attach();
  pass("m", s, 50);
  MUST(uv_read_start(S(&to), alloc_small, read_cb));
  UNTIL(&loop, reads == 1);
  for (got = 0; uv_pipe_pending_count(&to) > 0; got++) {
    if (uv_pipe_pending_type(&to) != UV_TCP) say("not a tcp");
    MUST(uv_tcp_init(&loop, &tcp));
    MUST(uv_accept(S(&to), S(&tcp)));
    uv_close(H(&tcp), NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  say("accepted %d", got);
  gone();

  say("bytes split over reads");
  attach();
  pass("first", s, 2);
  pass("second", s, 3);
  MUST(uv_read_start(S(&to), alloc_small, read_cb));
  UNTIL(&loop, reads == 6);
  gone();

  say("closed with some accepted");
  attach();
  pass("m", s, 5);
  MUST(uv_read_start(S(&to), alloc_small, read_cb));
  UNTIL(&loop, reads == 1);
  MUST(uv_tcp_init(&loop, &tcp));
  TRY(uv_accept(S(&to), S(&tcp)));
  say("pending %d", uv_pipe_pending_count(&to));
  uv_close(H(&tcp), NULL);
  gone();

  say("more than the process may have");
  attach();
  pass("m", s, 9);
  for (i = got = 0; got < 3; i++) got += fcntl(i, F_GETFD) == -1;
  SYS(getrlimit(RLIMIT_NOFILE, &old));
  few = old;
  few.rlim_cur = i;
  SYS(setrlimit(RLIMIT_NOFILE, &few));
  MUST(uv_read_start(S(&to), alloc_small, read_cb));
  UNTIL(&loop, reads == 1);
  SYS(setrlimit(RLIMIT_NOFILE, &old));
  gone();

  say("a pipe that is not for handles drops them");
  attach();
  to.ipc = 0;
  pass("m", s, 2);
  MUST(uv_read_start(S(&to), alloc_small, read_cb));
  UNTIL(&loop, reads == 1);
  gone();
  close(s);
  return finish(&loop);
}
