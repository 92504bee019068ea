/* uv_loop_fork: a child goes on with the timers, asyncs and sockets that it
 * inherited, and the parent does not notice. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_async_t async;
static uv_tcp_t server, c, tcp;
static const char *who = "parent";
static int port, peer, pending;

static void done(const char *what) {
  say("%s: %s", who, what);
  pending--;
}
static void on_timer(uv_timer_t *t) { (void) t; done("timer"); }
static void on_async(uv_async_t *a) { (void) a; done("async"); }
static void on_connection(uv_stream_t *s, int status) {
  MUST(status);
  MUST(uv_accept(s, S(&c)));
  done("connection");
  uv_close(H(&c), NULL);
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  if (n <= 0) return;
  say_read(who, n, b);
  pending--;
}

/* One thing after the other, so that the order is ours. */
static void use(void) {
  int fd;
  pending = 1;
  MUST(uv_async_send(&async));
  UNTIL(&loop, pending == 0);
  pending = 1;
  MUST(uv_timer_start(&timer, on_timer, 5, 0));
  UNTIL(&loop, pending == 0);
  pending = 1;
  MUST(uv_tcp_init(&loop, &c));
  fd = plain_connect(port);
  UNTIL(&loop, pending == 0);
  close(fd);
  pending = 1;
  put(peer, who);
  UNTIL(&loop, pending == 0);
}
static void child_of(int with_fork_call) {
  who = "child";
  if (with_fork_call) TRY(uv_loop_fork(&loop));
  use();
  close(peer);
  close_all(&loop);
  TRY(uv_loop_close(&loop));
  fflush(stdout);
  _exit(0);
}

int main(void) {
  int status;
  pid_t pid;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_async_init(&loop, &async, on_async));
  port = tcp_listener(&loop, &server, on_connection);
  peer = tcp_with_peer(&loop, &tcp);
  MUST(uv_read_start(S(&tcp), alloc_static, on_read));
  uv_run(&loop, UV_RUN_NOWAIT);
  use();
  fflush(stdout);
  pid = fork();
  SYS(pid);
  if (pid == 0) child_of(1);
  SYS(waitpid(pid, &status, 0));
  say("child ended with %d", status);
  use();
  say("uv_loop_fork in the parent does no harm");
  TRY(uv_loop_fork(&loop));
  use();
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
