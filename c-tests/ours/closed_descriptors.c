/* Every descriptor of a loop is closed by its number, and then the loop is run; or
 * it is run after an uv_loop_fork() that failed; or a filter refuses each call that waits
 * for events, from then on.
 *
 * libuv 1.53.0: aborts the process.
 * right: each callback that can be told of an error gets UV_EBADF (or that of the
 *   filter), once; timers fire, and work of the thread pool and the ends of children are
 *   called back; then uv_run() returns 0, and again for a caller that goes on while it
 *   returns something else. Files that have got the numbers since are neither written to
 *   nor closed; descriptors that the loop still has are closed with it.
 * wrong: abort, a loop that spins or hangs, a callback that does not come.
 */
#include "inject.h"

#define CPU_MS 200

static uv_loop_t loop;
static uv_tcp_t reader, writer, listener, connecting;
static uv_pipe_t pipe_reader;
static uv_udp_t receiver;
static uv_poll_t poll;
static uv_fs_event_t fs_event;
static uv_async_t async;
static uv_signal_t watched;
static uv_prepare_t prepare;
static uv_check_t check;
static uv_timer_t timer;
static uv_process_t process;
static uv_connect_t connect_req;
static uv_write_t write_req;
static uv_shutdown_t shutdown_req;
static uv_work_t work_req;
static char in[65536], much[4000000];

enum { READ, PIPE_READ, WRITE, SHUTDOWN, LISTEN, CONNECT, RECEIVE, POLL, FS_EVENT, TOLD };
static const char *const names[] = {"read",    "read of a pipe", "write",   "shutdown", "listen",
                                    "connect", "receive",        "poll", "fs_event"};
static int told[TOLD], fired, worked, exited;
static int right = UV_EBADF;
static int still_open; /* the descriptors themselves: a shutdown then works */

static void tell(int what, ssize_t status) {
  if (what == SHUTDOWN && still_open) status = status ? status : right;
  CHECK(status == right, "%s: %s", names[what], status ? uv_err_name(status) : "0");
  told[what]++;
}

static void on_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf) {
  (void)h, (void)size;
  *buf = uv_buf_init(in, sizeof in);
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  (void)buf;
  tell(s->type == UV_NAMED_PIPE ? PIPE_READ : READ, n);
}
static void on_written(uv_write_t *req, int status) {
  (void)req;
  tell(WRITE, status);
}
static void on_shut(uv_shutdown_t *req, int status) {
  (void)req;
  tell(SHUTDOWN, status);
}
static void on_connection(uv_stream_t *s, int status) {
  (void)s;
  tell(LISTEN, status);
}
static void on_connect(uv_connect_t *req, int status) {
  (void)req;
  tell(CONNECT, status);
}
static void on_receive(uv_udp_t *h, ssize_t n, const uv_buf_t *buf,
                       const struct sockaddr *addr, unsigned flags) {
  (void)h, (void)buf, (void)addr, (void)flags;
  tell(RECEIVE, n);
}
static void on_poll(uv_poll_t *h, int status, int events) {
  (void)h, (void)events;
  tell(POLL, status);
}
static void on_fs_event(uv_fs_event_t *h, const char *name, int events, int status) {
  (void)h, (void)name, (void)events;
  tell(FS_EVENT, status);
}
static void on_async(uv_async_t *h) {
  (void)h;
}
static void on_signal(uv_signal_t *h, int signum) {
  (void)h, (void)signum;
}
static void on_prepare(uv_prepare_t *h) {
  (void)h;
}
static void on_check(uv_check_t *h) {
  (void)h;
}
static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  /* The number of its pidfd was closed, too, but the child is this process's. */
  (void)h;
  CHECK(status == 0 && signum == 0, "status %d, signal %d", (int)status, signum);
  exited++;
}
static void on_timer(uv_timer_t *h) {
  (void)h;
  fired++;
}
static void work(uv_work_t *req) {
  (void)req;
  usleep(100000);
}
static void on_worked(uv_work_t *req, int status) {
  (void)req;
  CHECK(status == 0, "work: %s", uv_err_name(status));
  worked++;
}

static void tcp_pair(uv_tcp_t *tcp) {
  int fds[2];
  CHECK(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) == 0,
        "uv_socketpair");
  uv_tcp_init(&loop, tcp);
  CHECK(uv_tcp_open(tcp, fds[0]) == 0, "uv_tcp_open");
}

static void start_all(void) {
  struct sockaddr_in addr, bound;
  int len = sizeof bound, fds[2];
  uv_buf_t buf = uv_buf_init(much, sizeof much);
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_loop_init(&loop);
  tcp_pair(&reader);
  uv_read_start((uv_stream_t *)&reader, on_alloc, on_read);
  tcp_pair(&writer);
  uv_write(&write_req, (uv_stream_t *)&writer, &buf, 1, on_written);
  uv_shutdown(&shutdown_req, (uv_stream_t *)&writer, on_shut);
  CHECK(uv_pipe(fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) == 0, "uv_pipe");
  uv_pipe_init(&loop, &pipe_reader, 0);
  uv_pipe_open(&pipe_reader, fds[0]);
  uv_read_start((uv_stream_t *)&pipe_reader, on_alloc, on_read);
  uv_tcp_init(&loop, &listener);
  uv_tcp_bind(&listener, (struct sockaddr *)&addr, 0);
  uv_listen((uv_stream_t *)&listener, 5, on_connection);
  uv_udp_init(&loop, &receiver);
  uv_udp_bind(&receiver, (struct sockaddr *)&addr, 0);
  uv_udp_recv_start(&receiver, on_alloc, on_receive);
  CHECK(uv_pipe(fds, 0, 0) == 0, "uv_pipe");
  uv_poll_init(&loop, &poll, fds[0]);
  uv_poll_start(&poll, UV_READABLE, on_poll);
  uv_fs_event_init(&loop, &fs_event);
  CHECK(uv_fs_event_start(&fs_event, on_fs_event, ".", 0) == 0, "uv_fs_event_start");
  uv_async_init(&loop, &async, on_async);
  uv_signal_init(&loop, &watched);
  uv_signal_start(&watched, on_signal, SIGUSR1);
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, on_prepare);
  uv_check_init(&loop, &check);
  uv_check_start(&check, on_check);
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_tcp_init(&loop, &connecting);
  uv_tcp_getsockname(&listener, (struct sockaddr *)&bound, &len);
  uv_tcp_connect(&connect_req, &connecting, (struct sockaddr *)&bound, on_connect);
}

static void close_all(void) {
  for (int fd = 3; fd < 100; fd++) close(fd);
}

/* Runs the loop to its end, as callers do. */
static void run_out(void) {
  double before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
  int runs = 0;
  while (uv_run(&loop, UV_RUN_DEFAULT)) CHECK(++runs < 100, "uv_run goes on returning 1");
  double used = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before;
  CHECK(used < CPU_MS, "%.0f ms of CPU", used);
}

static void check_told(void) {
  for (int i = 0; i < TOLD; i++)
    CHECK(told[i] == 1, "%s: called back %d times", names[i], told[i]);
  CHECK(!uv_loop_alive(&loop), "the loop is alive");
}

/* What a program does next. */
static void end_all(void) {
  uv_handle_t *all[] = {
      (uv_handle_t *)&reader,   (uv_handle_t *)&writer, (uv_handle_t *)&listener,
      (uv_handle_t *)&receiver, (uv_handle_t *)&poll,   (uv_handle_t *)&fs_event,
      (uv_handle_t *)&async,    (uv_handle_t *)&watched, (uv_handle_t *)&prepare,
      (uv_handle_t *)&check,    (uv_handle_t *)&connecting, (uv_handle_t *)&pipe_reader};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) uv_close(all[i], NULL);
  run_out();
  CHECK(uv_loop_close(&loop) == 0, "the loop does not close");
}

static void all_kinds(void *arg) {
  (void)arg;
  start_all();
  close_all();
  uv_async_send(&async);
  run_out();
  check_told();
  end_all();
}

static int descriptors(void) {
  int count = 0;
  for (int fd = 3; fd < 100; fd++) count += fcntl(fd, F_GETFD) != -1;
  return count;
}

static void refused(void *arg) {
  int before = descriptors(); /* and five of the program's own: ends of pairs and pipes */
  start_all();
  still_open = 1;
  right = -*(int *)arg;
  refuse(SYS_epoll_pwait, *(int *)arg);
#ifdef SYS_epoll_wait
  refuse(SYS_epoll_wait, *(int *)arg);
#endif
  uv_async_send(&async);
  run_out();
  check_told();
  end_all();
  CHECK(descriptors() == before + 5, "%d descriptors are left", descriptors() - before - 5);
}

static void timer_and_work(void *arg) {
  (void)arg;
  start_all();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 300, 0);
  uv_queue_work(&loop, &work_req, work, on_worked);
  close_all();
  run_out();
  check_told();
  CHECK(fired == 1 && worked == 1, "timer %d, work %d", fired, worked);
}

static void only_wake_ups(void *arg) {
  (void)arg;
  char *args[] = {"sleep", "0.5", NULL};
  uv_process_options_t options = {.file = "sleep", .args = args, .exit_cb = on_exit_};
  uv_loop_init(&loop);
  uv_async_init(&loop, &async, on_async);
  uv_signal_init(&loop, &watched);
  uv_signal_start(&watched, on_signal, SIGUSR1);
  CHECK(uv_spawn(&loop, &process, &options) == 0, "uv_spawn");
  uv_run(&loop, UV_RUN_NOWAIT);
  close_all();
  run_out();
  CHECK(exited == 1, "the exit callback was called %d times", exited);
}

static void numbers_of_others(void *arg) {
  (void)arg;
  struct stat st;
  int fds[2];
  uv_loop_init(&loop);
  uv_async_init(&loop, &async, on_async);
  CHECK(uv_pipe(fds, 0, 0) == 0 && uv_poll_init(&loop, &poll, fds[0]) == 0, "uv_poll_init");
  uv_poll_start(&poll, UV_READABLE, on_poll);
  uv_run(&loop, UV_RUN_NOWAIT);
  close_all();
  while (open("stranger", O_RDWR | O_CREAT | O_APPEND, 0600) < 30) continue;
  run_out();
  uv_async_send(&async);
  run_out();
  uv_close((uv_handle_t *)&async, NULL);
  uv_close((uv_handle_t *)&poll, NULL);
  run_out();
  CHECK(uv_loop_close(&loop) == 0, "the loop does not close");
  for (int fd = 3; fd <= 30; fd++)
    CHECK(fstat(fd, &st) == 0 && st.st_size == 0, "descriptor %d: %s", fd,
          errno ? strerror(errno) : "written to");
}

static void failed_fork(void *arg) {
  (void)arg;
  start_all();
  still_open = 1;
  refuse(SYS_epoll_create1, EMFILE);
  CHECK(uv_loop_fork(&loop) == UV_EMFILE, "uv_loop_fork works");
  run_out();
  check_told();
}

int main(void) {
  int wrong = 0;
  scratch();
  wrong += in_child("handles of all kinds", all_kinds, NULL);
  wrong += in_child("with a timer and work", timer_and_work, NULL);
  static int errors[] = {EPERM, ENOSYS};
  wrong += in_child("refused with EPERM", refused, &errors[0]);
  wrong += in_child("refused with ENOSYS", refused, &errors[1]);
  wrong += in_child("only what is woken", only_wake_ups, NULL);
  wrong += in_child("numbers of other files", numbers_of_others, NULL);
  wrong += in_child("uv_loop_fork failed", failed_fork, NULL);
  CHECK(wrong == 0, "%d of these", wrong);
  return 0;
}
