/* Connecting to a unix socket: in which turn, and where in it, is one told? */
#include "files.h"

enum { BIG = 1 << 20 };

static uv_loop_t loop;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_idle_t idle;
static uv_timer_t timer;
static uv_async_t async;
static uv_signal_t usr1;
static uv_pipe_t pipes[4];
static uv_connect_t requests[4];
static const char *where;
static int told, next;
static uv_write_t w;
static uv_shutdown_t down;

static int listener(void) {
  struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "here"};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  SYS(fd);
  SYS(bind(fd, (struct sockaddr *) &addr, sizeof addr));
  SYS(listen(fd, 64));
  return fd;
}

static void connect_cb(uv_connect_t *r, int status) {
  told++;
  say("  connected: %s, writable %d", name(status), uv_is_writable(r->handle));
  if (next < COUNT(pipes)) {
    MUST(uv_pipe_init(&loop, &pipes[next], 0));
    uv_pipe_connect(&requests[next], &pipes[next], "here", connect_cb);
    next++;
  }
}

/* Connect here if this is the place, once. */
static void here(const char *phase) {
  say("  %s", phase);
  if (!where || strcmp(where, phase)) return;
  where = NULL;
  MUST(uv_pipe_init(&loop, &pipes[0], 0));
  uv_pipe_connect(&requests[0], &pipes[0], "here", connect_cb);
}
static void on_prepare(uv_prepare_t *h) { (void) h; here("prepare"); }
static void on_check(uv_check_t *h) { (void) h; here("check"); }
static void on_idle(uv_idle_t *h) { (void) h; here("idle"); }
static void on_timer(uv_timer_t *h) { (void) h; here("timer"); }
static void on_async(uv_async_t *h) { (void) h; here("async"); }
static void on_close(uv_handle_t *h) { (void) h; here("closing"); }
static void on_signal(uv_signal_t *h, int number) {
  (void) h, (void) number;
  here("signal");
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) n, (void) b;
  MUST(uv_read_stop(s));
  here("read");
}

static void forget_pipes(void) {
  int i;
  for (i = 0; i < next; i++) uv_close(H(&pipes[i]), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void from(const char *phase, int idling) {
  uv_pipe_t reader;
  uv_async_t gone;
  int fds[2];
  say("from %s%s", phase, idling ? ", with an idle handle" : "");
  where = phase;
  told = 0;
  next = 1;
  MUST(uv_prepare_start(&prepare, on_prepare));
  MUST(uv_check_start(&check, on_check));
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  if (idling) MUST(uv_idle_start(&idle, on_idle));
  MUST(uv_async_send(&async));
  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  MUST(uv_pipe_init(&loop, &reader, 0));
  MUST(uv_pipe_open(&reader, fds[0]));
  MUST(uv_read_start(S(&reader), alloc_static, on_read));
  SYS(write(fds[1], "x", 1));
  MUST(uv_async_init(&loop, &gone, NULL));
  uv_close(H(&gone), on_close);
  raise(SIGUSR1);
  while (told < COUNT(pipes)) run(&loop, UV_RUN_NOWAIT);
  MUST(uv_prepare_stop(&prepare));
  MUST(uv_check_stop(&check));
  MUST(uv_idle_stop(&idle));
  uv_close(H(&reader), NULL);
  close(fds[1]);
  forget_pipes();
}

static void written(uv_write_t *r, int status) {
  (void) r;
  say("  written: %s", name(status));
}
static void shut(uv_shutdown_t *r, int status) {
  (void) r;
  say("  shut down: %s", name(status));
}

/* More than the socket takes, before the loop has told of the connection. */
static void write_before(int fd, int closing) {
  static char much[BIG];
  uv_buf_t buf = uv_buf_init(much, BIG);
  size_t got = 0;
  ssize_t n;
  int peer;
  say("write before it is told%s", closing ? ", and shut down" : "");
  while ((peer = AGAIN(accept4(fd, NULL, NULL, SOCK_CLOEXEC))) >= 0) close(peer);
  next = COUNT(pipes);
  told = 0;
  MUST(uv_pipe_init(&loop, &pipes[0], 0));
  uv_pipe_connect(&requests[0], &pipes[0], "here", connect_cb);
  TRY(uv_write(&w, S(&pipes[0]), &buf, 1, written));
  if (closing) TRY(uv_shutdown(&down, S(&pipes[0]), shut));
  say("  timeout %d, alive %d", uv_backend_timeout(&loop), uv_loop_alive(&loop));
  run(&loop, UV_RUN_NOWAIT);
  peer = AGAIN(accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
  SYS(peer);
  while (got < BIG) {
    n = read(peer, much, sizeof much);
    if (n > 0) got += (size_t) n;
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  UNTIL(&loop, uv_stream_get_write_queue_size(S(&pipes[0])) == 0);
  run(&loop, UV_RUN_NOWAIT);
  say("  the peer has %d", (int) got);
  close(peer);
  next = 1;
  forget_pipes();
}

static void in_child(void) {
  int status;
  pid_t pid;
  say("forked before it is told");
  next = COUNT(pipes);
  MUST(uv_pipe_init(&loop, &pipes[0], 0));
  uv_pipe_connect(&requests[0], &pipes[0], "here", connect_cb);
  fflush(stdout);
  pid = fork();
  SYS(pid);
  if (pid == 0) {
    TRY(uv_loop_fork(&loop));
    run(&loop, UV_RUN_DEFAULT);
    fflush(stdout);
    _exit(0);
  }
  SYS(waitpid(pid, &status, 0));
  say("  the child ended with %d", status);
  run(&loop, UV_RUN_DEFAULT);
  next = 1;
  forget_pipes();
}

int main(void) {
  static const char *const phases[] = {"timer",  "prepare", "async",   "read",
                                       "signal", "check",   "closing", "idle"};
  int i, fd;
  begin();
  enter_scratch();
  fd = listener();
  MUST(uv_loop_init(&loop));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_async_init(&loop, &async, on_async));
  uv_unref(H(&async));
  MUST(uv_signal_init(&loop, &usr1));
  MUST(uv_signal_start(&usr1, on_signal, SIGUSR1));
  uv_unref(H(&usr1));
  for (i = 0; i < COUNT(phases); i++) from(phases[i], i % 2 || i == COUNT(phases) - 1);
  write_before(fd, 0);
  write_before(fd, 1);
  in_child();
  close(fd);
  close_all(&loop);
  leave_scratch();
  return finish(&loop);
}
