/* Handles that travel over a pipe: how many wait, of what kind, in what order,
 * and that what nobody accepts is not left open. */
#include "files.h"

static uv_loop_t loop;
static uv_pipe_t from, to, passed_pipe, got_pipe;
static uv_tcp_t listener, connection, got_tcp, got_tcp2;
static uv_udp_t udp, got_udp;
static uv_timer_t timer;
static uv_write_t w[8];
static int reads, done;

static const char *kind(uv_handle_type type) {
  const char *text = uv_handle_type_name(type);
  return text ? text : "unknown";
}
static void pending(void) {
  say("  pending %d, next %s", uv_pipe_pending_count(&to),
      kind(uv_pipe_pending_type(&to)));
}
static void write_cb(uv_write_t *r, int status) {
  say("write %d: %s", (int) (r - w), name(status));
  done++;
}
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  say_read("to", n, b);
  pending();
  reads++;
}

static void ipc_pair(void) {
  uv_os_sock_t fds[2];
  MUST(uv_socketpair(SOCK_STREAM, 0, fds, 0, 0));
  MUST(uv_pipe_init(&loop, &from, 1));
  MUST(uv_pipe_init(&loop, &to, 1));
  MUST(uv_pipe_open(&from, fds[0]));
  MUST(uv_pipe_open(&to, fds[1]));
  reads = done = 0;
}
static void send_one(int i, void *handle, const char *text) {
  uv_buf_t b = text_buf(text);
  int r = uv_write2(&w[i], S(&from), &b, 1, handle, write_cb);
  say("write2 %d %s -> %s", i, text, name(r));
}
static void handles(void) {
  struct sockaddr_in a = loopback(0);
  int peer;
  tcp_listener(&loop, &listener, NULL);
  peer = tcp_with_peer(&loop, &connection);
  close(peer);
  MUST(uv_udp_init(&loop, &udp));
  MUST(uv_udp_bind(&udp, SA(&a), 0));
  MUST(uv_pipe_init(&loop, &passed_pipe, 0));
  MUST(uv_pipe_bind(&passed_pipe, "passed"));
}
static void accepted(const char *what, void *client) {
  uv_os_fd_t fd = -1;
  int r = uv_accept(S(&to), client);
  say("accept as %s -> %s, has a descriptor: %s", what, name(r),
      name(uv_fileno(client, &fd)));
  say("  closed by exec: %d", fd != -1 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
  pending();
}

int main(void) {
  uv_buf_t x = text_buf("x");
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));

  say("one of each");
  ipc_pair();
  handles();
  pending();
  send_one(0, &listener, "listener");
  send_one(1, &connection, "connection");
  send_one(2, &udp, "udp");
  send_one(3, &passed_pipe, "pipe");
  TRY(uv_try_write2(S(&from), &x, 1, S(&udp)));
  UNTIL(&loop, done == 4);
  MUST(uv_read_start(S(&to), alloc_static, read_cb));
  UNTIL(&loop, reads == 4);
  TRY(uv_try_write2(S(&from), &x, 1, S(&udp)));
  UNTIL(&loop, reads == 5);
  MUST(uv_timer_init(&loop, &timer));
  TRY(uv_accept(S(&to), S(&timer)));
  pending();
  MUST(uv_tcp_init(&loop, &got_tcp));
  MUST(uv_tcp_init(&loop, &got_tcp2));
  MUST(uv_udp_init(&loop, &got_udp));
  MUST(uv_pipe_init(&loop, &got_pipe, 0));
  accepted("tcp", &got_tcp);
  accepted("tcp", &got_tcp);
  accepted("udp", &got_udp);
  accepted("pipe", &got_pipe);
  accepted("tcp", &got_tcp2);
  accepted("tcp", &got_tcp2);
  close_all(&loop);

  say("never accepted");
  ipc_pair();
  handles();
  send_one(0, &listener, "listener");
  send_one(1, &udp, "udp");
  MUST(uv_read_start(S(&to), alloc_static, read_cb));
  UNTIL(&loop, reads == 2);
  close_all(&loop);

  say("never read");
  ipc_pair();
  handles();
  send_one(0, &listener, "listener");
  close_all(&loop);

  say("not over every pipe, and not every handle");
  ipc_pair();
  handles();
  MUST(uv_timer_init(&loop, &timer));
  send_one(0, &timer, "timer");
  MUST(uv_tcp_init(&loop, &got_tcp));
  send_one(1, &got_tcp, "tcp without a socket");
  from.ipc = 0;
  send_one(2, &listener, "listener");
  TRY(uv_try_write2(S(&from), &x, 1, S(&listener)));
  from.ipc = 1;
  TRY(uv_write2(&w[0], S(&connection), &x, 1, S(&listener), write_cb));
  TRY(uv_write2(&w[0], S(&from), &x, 0, S(&listener), write_cb));
  close_all(&loop);
  leave_scratch();
  return finish(&loop);
}
