/* Rounds in which one call of the library fails, each time another one, while a loop of
 * the round's own does something. What is made in spite of it must work, what fails must
 * leave nothing behind, and the loop must end and close in any case.
 *
 * A program says which calls fail: it asks spare() before each whether that one works,
 * and writes set_up(). */
#ifndef DOINGS_H
#define DOINGS_H

#include "rounds.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

/* Calls until the one that fails; negative after it. */
static atomic_int left = -1;

static int spare(void) { return atomic_fetch_sub(&left, 1) != 0; }

static uv_loop_t loop;
static char space[65536];

static void close_one(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}
static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle;
  (void) suggested;
  *buf = uv_buf_init(space, sizeof space);
}
static void on_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) buf;
  if (nread < 0) uv_close((uv_handle_t*) stream, NULL);
}
static void on_write(uv_write_t* req, int status) {
  (void) req;
  (void) status;
}

static uv_timer_t timers[400];
static void on_timer(uv_timer_t* timer) { (void) timer; }
static void many_timers(void) {
  int i;
  for (i = 0; i < 400; i++) {
    CHECK(uv_timer_init(&loop, &timers[i]) == 0);
    uv_timer_start(&timers[i], on_timer, (uint64_t) (i * 7 % 50), 0);
  }
}

static uv_tcp_t server, client, accepted;
static uv_connect_t connecting;
static uv_write_t writes[3];
static uv_shutdown_t shutting;
static void on_connection(uv_stream_t* stream, int status) {
  if (status != 0 || uv_tcp_init(&loop, &accepted) != 0) return;
  if (uv_accept(stream, (uv_stream_t*) &accepted) == 0)
    uv_read_start((uv_stream_t*) &accepted, on_alloc, on_read);
}
static void on_connect(uv_connect_t* req, int status) {
  uv_buf_t bufs[6];
  int i;
  if (status != 0) return;
  for (i = 0; i < 6; i++) bufs[i] = uv_buf_init(space, sizeof space);
  for (i = 0; i < 3; i++) uv_write(&writes[i], req->handle, bufs, 4 + i, on_write);
  uv_shutdown(&shutting, req->handle, NULL);
}
static void conversation(void) {
  struct sockaddr_in address;
  int length = sizeof address;
  CHECK(uv_ip4_addr("127.0.0.1", 0, &address) == 0);
  CHECK(uv_tcp_init(&loop, &server) == 0);
  CHECK(uv_tcp_init(&loop, &client) == 0);
  if (uv_tcp_bind(&server, (struct sockaddr*) &address, 0) != 0) return;
  if (uv_listen((uv_stream_t*) &server, 8, on_connection) != 0) return;
  CHECK(uv_tcp_getsockname(&server, (struct sockaddr*) &address, &length) == 0);
  uv_tcp_connect(&connecting, &client, (struct sockaddr*) &address, on_connect);
}

/* Handles that travel over a pipe; some are taken out, the others left inside. */
static uv_pipe_t ends[2];
static uv_tcp_t taken;
static int has_taken;
static void on_passed(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  on_read(stream, nread, buf);
  if (nread <= 0 || has_taken || uv_pipe_pending_count((uv_pipe_t*) stream) == 0) return;
  CHECK(uv_tcp_init(&loop, &taken) == 0);
  uv_accept(stream, (uv_stream_t*) &taken);
  has_taken = 1;
}
static void passing(void) {
  uv_buf_t bufs[5];
  int fds[2], i;
  has_taken = 0;
  for (i = 0; i < 5; i++) bufs[i] = uv_buf_init(space, 1);
  if (uv_tcp_init_ex(&loop, &server, AF_INET) != 0) return;
  if (uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE, 0) != 0) return;
  for (i = 0; i < 2; i++) {
    CHECK(uv_pipe_init(&loop, &ends[i], 1) == 0);
    if (uv_pipe_open(&ends[i], fds[i]) != 0) close(fds[i]);
  }
  uv_read_start((uv_stream_t*) &ends[1], on_alloc, on_passed);
  for (i = 0; i < 3; i++)
    uv_write2(&writes[i], (uv_stream_t*) &ends[0], bufs, 1 + 2 * i, (uv_stream_t*) &server,
              on_write);
}

static uv_udp_t from, to;
static uv_udp_send_t sends[3];
static void on_datagram(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf,
                        const struct sockaddr* address, unsigned flags) {
  (void) handle, (void) nread, (void) buf, (void) address, (void) flags;
}
static void datagrams(void) {
  struct sockaddr_in address;
  uv_buf_t bufs[5];
  int i, length = sizeof address;
  CHECK(uv_ip4_addr("127.0.0.1", 0, &address) == 0);
  CHECK(uv_udp_init(&loop, &from) == 0);
  CHECK(uv_udp_init_ex(&loop, &to, UV_UDP_RECVMMSG) == 0);
  if (uv_udp_bind(&to, (struct sockaddr*) &address, 0) != 0) return;
  if (uv_udp_getsockname(&to, (struct sockaddr*) &address, &length) != 0) return;
  uv_udp_recv_start(&to, on_alloc, on_datagram);
  for (i = 0; i < 5; i++) bufs[i] = uv_buf_init(space, 10);
  for (i = 0; i < 3; i++)
    uv_udp_send(&sends[i], &from, bufs, 3 + (unsigned) i, (struct sockaddr*) &address, NULL);
}

static uv_poll_t polls[2];
static uv_async_t asyncs[2];
static uv_idle_t idles[2];
static void on_ready(uv_poll_t* handle, int status, int events) {
  (void) handle, (void) status, (void) events;
}
static void on_async(uv_async_t* handle) { (void) handle; }
static void on_idle(uv_idle_t* handle) { (void) handle; }
static void polling(void) {
  static int fds[2];
  int i;
  for (i = 0; i < 2; i++) {
    close(fds[i] > 0 ? fds[i] : -1);
    fds[i] = -1;
  }
  if (uv_pipe(fds, 0, 0) != 0) return;
  for (i = 0; i < 2; i++) {
    if (uv_poll_init(&loop, &polls[i], fds[i]) == 0)
      uv_poll_start(&polls[i], UV_READABLE | UV_WRITABLE | UV_DISCONNECT, on_ready);
    if (uv_async_init(&loop, &asyncs[i], on_async) == 0) uv_async_send(&asyncs[i]);
    CHECK(uv_idle_init(&loop, &idles[i]) == 0);
    uv_idle_start(&idles[i], on_idle);
  }
}

static uv_fs_t files[8];
static uv_dirent_t entries[4];
static void on_file(uv_fs_t* req) {
  uv_fs_t again;
  uv_dir_t* dir = req->ptr;
  ssize_t result = req->result;
  if (result >= 0 && req->fs_type == UV_FS_MKSTEMP) {
    unlink(req->path);
    close((int) result);
  }
  if (result >= 0 && req->fs_type == UV_FS_MKDTEMP) rmdir(req->path);
  uv_fs_req_cleanup(req);
  if (result < 0 || req->fs_type != UV_FS_OPENDIR) return;
  dir->dirents = entries;
  dir->nentries = 4;
  uv_fs_readdir(&loop, &again, dir, NULL);
  uv_fs_req_cleanup(&again);
  CHECK(uv_fs_closedir(&loop, &again, dir, NULL) == 0);
  uv_fs_req_cleanup(&again);
}
static void made(uv_fs_t* req, int result) {
  if (result != 0) uv_fs_req_cleanup(req);
}
static void paths(void) {
  uv_fs_t* req = files;
  made(req, uv_fs_scandir(&loop, req, "/proc/self", 0, on_file)), req++;
  made(req, uv_fs_opendir(&loop, req, "/proc/self", on_file)), req++;
  made(req, uv_fs_readlink(&loop, req, "/proc/self/exe", on_file)), req++;
  made(req, uv_fs_realpath(&loop, req, "/proc/self/exe", on_file)), req++;
  made(req, uv_fs_statfs(&loop, req, "/", on_file)), req++;
  made(req, uv_fs_mkstemp(&loop, req, "/tmp/uv-no-memory-XXXXXX", on_file)), req++;
  made(req, uv_fs_mkdtemp(&loop, req, "/tmp/uv-no-memory-XXXXXX", on_file)), req++;
  made(req, uv_fs_rename(&loop, req, "/nonexistent/a", "/nonexistent/b", on_file));
}

static uv_fs_event_t events[2];
static uv_fs_poll_t polled;
static uv_signal_t signals[2];
static void on_event(uv_fs_event_t* handle, const char* name, int kinds, int status) {
  (void) handle, (void) name, (void) kinds, (void) status;
}
static void on_poll(uv_fs_poll_t* handle, int status, const uv_stat_t* a, const uv_stat_t* b) {
  (void) handle, (void) status, (void) a, (void) b;
}
static void on_signal(uv_signal_t* handle, int signum) { (void) handle, (void) signum; }
static void watching(void) {
  int i;
  for (i = 0; i < 2; i++) {
    CHECK(uv_fs_event_init(&loop, &events[i]) == 0);
    uv_fs_event_start(&events[i], on_event, i ? "/tmp" : "/", 0);
    if (uv_signal_init(&loop, &signals[i]) == 0)
      uv_signal_start(&signals[i], on_signal, SIGUSR1);
  }
  CHECK(uv_fs_poll_init(&loop, &polled) == 0);
  uv_fs_poll_start(&polled, on_poll, "/tmp", 100);
}

static uv_getaddrinfo_t names;
static uv_work_t works[2];
static uv_random_t random_bytes;
static void on_names(uv_getaddrinfo_t* req, int status, struct addrinfo* list) {
  (void) req, (void) status;
  uv_freeaddrinfo(list);
}
static void on_work(uv_work_t* req) { (void) req; }
static void on_random(uv_random_t* req, int status, void* buf, size_t len) {
  (void) req, (void) status, (void) buf, (void) len;
}
static void asking(void) {
  int i;
  uv_getaddrinfo(&loop, &names, on_names, "127.0.0.1", "80", NULL);
  for (i = 0; i < 2; i++) uv_queue_work(&loop, &works[i], on_work, NULL);
  uv_random(&loop, &random_bytes, space, 16, 0, on_random);
}

static uv_process_t process;
static void on_exit_(uv_process_t* handle, int64_t status, int signum) {
  (void) status, (void) signum;
  uv_close((uv_handle_t*) handle, NULL);
}
static void spawning(void) {
  char *args[] = {"true", NULL}, *env[] = {"PATH=/bin:/usr/bin", NULL};
  uv_stdio_container_t stdio = {UV_CREATE_PIPE | UV_WRITABLE_PIPE, {NULL}};
  uv_process_options_t options;
  memset(&options, 0, sizeof options);
  CHECK(uv_pipe_init(&loop, &ends[0], 0) == 0);
  stdio.data.stream = (uv_stream_t*) &ends[0];
  options.file = args[0];
  options.args = args;
  options.env = env;
  options.exit_cb = on_exit_;
  options.stdio = &stdio;
  options.stdio_count = 1;
  if (uv_spawn(&loop, &process, &options) == 0) uv_run(&loop, UV_RUN_DEFAULT);
}

static void (*const doings[])(void) = {many_timers, conversation, passing,
                                       datagrams,   polling,      paths,
                                       watching,    asking,       spawning};
enum { DOINGS = sizeof doings / sizeof *doings, MOST = 30 };

static void one_round(uv_loop_t* of_main) {
  static int round;
  int turn;
  (void) of_main;
  left = round / DOINGS % MOST;
  if (uv_loop_init(&loop) == 0) {
    doings[round % DOINGS]();
    for (turn = 0; turn < 8; turn++) uv_run(&loop, UV_RUN_NOWAIT);
    uv_walk(&loop, close_one, NULL);
    CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
    CHECK(uv_loop_close(&loop) == 0);
  }
  left = -1;
  round++;
}

#endif
