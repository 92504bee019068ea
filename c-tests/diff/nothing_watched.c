/* Turns that do not wait, with and without descriptors to be watched: what the kernel
 * knows and the loop does not must be seen in the next turn, and the backend
 * descriptor must not stay ready afterwards.
 * Not under tsan: its children share memory, which the runtime takes for a fork. */
#include "trace.h"

static uv_loop_t loop;
static uv_idle_t idle;
static uv_async_t async;
static uv_poll_t watch;
static uv_signal_t sig;
static uv_process_t child;
static uv_fs_event_t dir;
static int idles, events, exits;

static void on_idle(uv_idle_t *h) { (void) h; idles++; }
static void on_async(uv_async_t *h) { (void) h; say("async"); }
static void on_signal(uv_signal_t *h, int n) { (void) h; say("signal %d", n == SIGUSR1); }
static void on_end(uv_process_t *p, int64_t status, int n) {
  (void) p;
  exits++;
  say("exit %d %d", (int) status, n);
}
static void on_dir(uv_fs_event_t *h, const char *file, int e, int status) {
  (void) h, (void) e;
  if (!events++) say("file %s %s", file, name(status));
}
static void on_poll(uv_poll_t *h, int status, int e) {
  char c;
  say("poll %s %d", name(status), e);
  if (h->data) say("read %d", (int) read(*(int *) h->data, &c, 1));
}

static int backend_ready(void) {
  struct pollfd p = {uv_backend_fd(&loop), POLLIN, 0};
  return poll(&p, 1, 0);
}

static void turn(const char *what) {
  uv_metrics_t m;
  int before = idles;
  run(&loop, UV_RUN_NOWAIT);
  MUST(uv_metrics_info(&loop, &m));
  say("%s: idle %d, backend ready %d, turns %d, events %d, waiting %d", what,
      idles - before, backend_ready(), (int) m.loop_count, (int) m.events,
      (int) m.events_waiting);
}

static void asyncs(void) {
  turn("empty");
  turn("empty again");
  MUST(uv_async_send(&async));
  say("sent: backend ready %d", backend_ready());
  turn("sent");
  turn("after");
  MUST(uv_async_send(&async));
  uv_idle_stop(&idle);
  turn("sent, no idle");
  MUST(uv_idle_start(&idle, on_idle));
}

static void polls(void) {
  int fd[2], other[2];
  SYS(pipe2(fd, O_CLOEXEC));
  MUST(uv_poll_init(&loop, &watch, fd[0]));
  turn("poll made");
  watch.data = &fd[0];
  MUST(uv_poll_start(&watch, UV_READABLE, on_poll));
  turn("poll started");
  put(fd[1], "x");
  turn("written");
  turn("read");
  MUST(uv_poll_stop(&watch));
  put(fd[1], "y");
  turn("stopped and written");
  turn("stopped");
  MUST(uv_poll_start(&watch, UV_READABLE, on_poll));
  turn("started again");
  MUST(uv_poll_stop(&watch));
  close(fd[0]);
  uv_close(H(&watch), NULL);
  turn("its descriptor closed first");
  SYS(pipe2(other, O_CLOEXEC));
  MUST(uv_poll_init(&loop, &watch, other[0]));
  watch.data = &other[0];
  MUST(uv_poll_start(&watch, UV_READABLE, on_poll));
  put(other[1], "z");
  turn("another with the same number");
  uv_close(H(&watch), NULL);
  turn("closed");
  turn("gone");
  close(fd[1]);
  close(other[0]);
  close(other[1]);
}

static void signals(void) {
  MUST(uv_signal_init(&loop, &sig));
  MUST(uv_signal_start(&sig, on_signal, SIGUSR1));
  turn("signal started");
  raise(SIGUSR1);
  turn("raised");
  CLOSE(&sig);
  turn("signal closed");
}

static void children(void) {
  char *args[] = {"true", NULL};
  uv_process_options_t o = {.file = "true", .args = args, .exit_cb = on_end};
  int status = uv_spawn(&loop, &child, &o);
  say("spawn %s", name(status));
  while (!exits) uv_run(&loop, UV_RUN_NOWAIT);
  CLOSE(&child);
  run(&loop, UV_RUN_NOWAIT);
}

static void files(void) {
  char path[] = "nothing-watched-XXXXXX", file[64];
  int fd;
  if (!mkdtemp(path)) broken("mkdtemp");
  MUST(uv_fs_event_init(&loop, &dir));
  MUST(uv_fs_event_start(&dir, on_dir, path, 0));
  snprintf(file, sizeof file, "%s/new", path);
  SYS(fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  while (!events) uv_run(&loop, UV_RUN_NOWAIT);
  close(fd);
  CLOSE(&dir);
  run(&loop, UV_RUN_NOWAIT);
  unlink(file);
  rmdir(path);
}

static void forked(void) {
  int fd[2], status;
  pid_t pid;
  SYS(pipe2(fd, O_CLOEXEC));
  MUST(uv_poll_init(&loop, &watch, fd[0]));
  watch.data = &fd[0];
  MUST(uv_poll_start(&watch, UV_READABLE, on_poll));
  turn("before the fork");
  fflush(stdout);
  SYS(pid = fork());
  if (pid == 0) {
    MUST(uv_loop_fork(&loop));
    put(fd[1], "c");
    turn("in the child");
    turn("in the child again");
    fflush(stdout);
    _exit(0);
  }
  SYS(waitpid(pid, &status, 0));
  say("child %d", status);
  turn("in the parent");
  uv_close(H(&watch), NULL);
  turn("closed");
  close(fd[0]);
  close(fd[1]);
}

int main(void) {
  int round;
  begin();
  for (round = 0; round < 2; round++) {
    MUST(uv_loop_init(&loop));
    if (round) MUST(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME));
    if (round) MUST(uv_loop_configure(&loop, UV_LOOP_BLOCK_SIGNAL, SIGPROF));
    MUST(uv_idle_init(&loop, &idle));
    MUST(uv_idle_start(&idle, on_idle));
    turn("no handle but an idle one");
    MUST(uv_async_init(&loop, &async, on_async));
    asyncs();
    polls();
    forked();
    signals();
    asyncs();
    events = exits = 0;
    children();
    files();
    close_all(&loop);
    if (!round) MUST(uv_loop_close(&loop));
  }
  return finish(&loop);
}
