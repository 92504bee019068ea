/* Callbacks that close their handle and run the loop until it is closed, and then free
 * it: the handle is gone before the callback ends. A memory checker watches what the
 * library touches afterwards. Only what genuine libuv survives is here.
 * Not under tsan: its child shares memory, which the runtime takes for a fork. */
#include "files.h"

static uv_loop_t loop;
static int freed;

static void *make(size_t n) {
  void *p = malloc(n);
  if (!p) broken("malloc");
  memset(p, 0xdb, n);
  return p;
}
static void scrub(void *p, size_t n) {
  memset(p, 0xdb, n);
  free(p);
  freed++;
}
static void free_handle(uv_handle_t *h) { scrub(h, uv_handle_size(h->type)); }

/* Closes the handle and runs the loop until it is freed. */
static void end(void *h) {
  int turns, before = freed;
  uv_close(H(h), free_handle);
  for (turns = 0; freed == before && turns < 100; turns++) uv_run(&loop, UV_RUN_NOWAIT);
  say("  freed inside: %d", freed - before);
}
/* Frees the request and runs the loop. */
static void end_req(void *r, size_t n) {
  scrub(r, n);
  uv_run(&loop, UV_RUN_NOWAIT);
}

static void on_timer(uv_timer_t *h) { end(h); }
static void on_idle(uv_idle_t *h) { end(h); }
static void on_prepare(uv_prepare_t *h) { end(h); }
static void on_check(uv_check_t *h) { end(h); }
static void on_async(uv_async_t *h) { end(h); }
static void on_poll(uv_poll_t *h, int status, int events) {
  say("  poll: %s, %d", name(status), events);
  end(h);
}
static void on_event(uv_fs_event_t *h, const char *file, int events, int status) {
  say("  %s: %d, %s", file, events, name(status));
  end(h);
}
static void on_end(uv_process_t *h, int64_t status, int signum) {
  say("  exit %d, signal %d", (int) status, signum);
  end(h);
}
static void on_shutdown(uv_shutdown_t *r, int status) {
  uv_stream_t *s = r->handle;
  say("  shut down: %s", name(status));
  end_req(r, sizeof *r);
  end(s);
}
static void on_work(uv_work_t *r) { (void) r; }
static void on_worked(uv_work_t *r, int status) {
  say("  worked: %s", name(status));
  end_req(r, sizeof *r);
}
static void on_stat(uv_fs_t *r) {
  say("  stat: %s", name(r->result));
  uv_fs_req_cleanup(r);
  end_req(r, sizeof *r);
}
static void on_random(uv_random_t *r, int status, void *buf, size_t len) {
  (void) buf;
  say("  %zu random bytes: %s", len, name(status));
  end_req(r, sizeof *r);
}
static void on_addresses(uv_getaddrinfo_t *r, int status, struct addrinfo *list) {
  say("  addresses: %s", name(status));
  uv_freeaddrinfo(list);
  end_req(r, sizeof *r);
}
static void on_name(uv_getnameinfo_t *r, int status, const char *host, const char *service) {
  say("  name: %s, %s %s", name(status), host, service);
  end_req(r, sizeof *r);
}
static void check(const char *what, int expected) {
  uv_run(&loop, UV_RUN_DEFAULT);
  say("%s: freed %d of %d", what, freed, expected);
  freed = 0;
}

static void watchers(void) {
  uv_timer_t *timer;
  uv_idle_t *idle;
  uv_prepare_t *prepare;
  uv_check_t *chk;
  uv_async_t *async;
  int i;
  for (i = 0; i < 3; i++) {
    MUST(uv_timer_init(&loop, timer = make(sizeof *timer)));
    MUST(uv_timer_start(timer, on_timer, 0, (uint64_t) i));
  }
  check("timers", 3);
  MUST(uv_idle_init(&loop, idle = make(sizeof *idle)));
  MUST(uv_idle_start(idle, on_idle));
  check("idle", 1);
  MUST(uv_prepare_init(&loop, prepare = make(sizeof *prepare)));
  MUST(uv_prepare_start(prepare, on_prepare));
  check("prepare", 1);
  MUST(uv_check_init(&loop, chk = make(sizeof *chk)));
  MUST(uv_check_start(chk, on_check));
  MUST(uv_idle_init(&loop, idle = make(sizeof *idle)));
  MUST(uv_idle_start(idle, on_idle));
  check("check and idle", 2);
  for (i = 0; i < 3; i++) {
    MUST(uv_async_init(&loop, async = make(sizeof *async), on_async));
    MUST(uv_async_send(async));
  }
  check("asyncs", 3);
}

static void descriptors_(void) {
  uv_poll_t *poll;
  uv_fs_event_t *event;
  int fds[2];
  SYS(pipe2(fds, O_CLOEXEC));
  MUST(uv_poll_init(&loop, poll = make(sizeof *poll), fds[1]));
  MUST(uv_poll_start(poll, UV_WRITABLE, on_poll));
  check("poll", 1);
  close(fds[0]);
  MUST(uv_poll_init(&loop, poll = make(sizeof *poll), fds[1]));
  MUST(uv_poll_start(poll, UV_WRITABLE, on_poll));
  check("poll of a broken pipe", 1);
  close(fds[1]);
  MUST(uv_fs_event_init(&loop, event = make(sizeof *event)));
  MUST(uv_fs_event_start(event, on_event, ".", 0));
  make_file("file", "x");
  check("fs_event", 1);
  SYS(unlink("file"));
}

static void processes(void) {
  char *args[] = {"/bin/true", NULL};
  uv_process_options_t options;
  uv_process_t *process;
  memset(&options, 0, sizeof options);
  options.file = args[0];
  options.args = args;
  options.exit_cb = on_end;
  fflush(stdout);
  MUST(uv_spawn(&loop, process = make(sizeof *process), &options));
  check("process", 1);
}

static void on_write(uv_write_t *r, int status) {
  say("  written: %s", name(status));
  scrub(r, sizeof *r);
}
/* Shuts the stream down: at once, and behind a write that has to wait for the peer. */
static void shut_down(const char *what, uv_stream_t *s, int peer, size_t size) {
  char *bytes = make(size + 1);
  uv_buf_t b = uv_buf_init(bytes, (unsigned) size);
  if (size) MUST(uv_write(make(sizeof(uv_write_t)), s, &b, 1, on_write));
  MUST(uv_shutdown(make(sizeof(uv_shutdown_t)), s, on_shutdown));
  if (size) {
    uv_run(&loop, UV_RUN_NOWAIT);
    say("waits: %d", freed == 0);
    while (freed == 0) {
      char some[65536];
      (void) !recv(peer, some, sizeof some, MSG_DONTWAIT);
      uv_run(&loop, UV_RUN_NOWAIT);
    }
  }
  check(what, size ? 3 : 2);
  close(peer);
  free(bytes);
}
static void shutdowns(void) {
  int i, fds[2], peer;
  for (i = 0; i < 2; i++) {
    size_t size = i ? 8 << 20 : 0;
    uv_tcp_t *t = make(sizeof *t);
    uv_pipe_t *p = make(sizeof *p);
    peer = tcp_with_peer(&loop, t);
    shut_down("shutdown of TCP", S(t), peer, size);
    MUST(uv_socketpair(SOCK_STREAM, 0, fds, 0, 0));
    MUST(uv_pipe_init(&loop, p, 0));
    MUST(uv_pipe_open(p, fds[0]));
    shut_down("shutdown of a pipe", S(p), fds[1], size);
  }
}

static void requests(void) {
  static char bytes[8];
  struct sockaddr_in a = loopback(80);
  int i;
  for (i = 0; i < 3; i++)
    MUST(uv_queue_work(&loop, make(sizeof(uv_work_t)), on_work, on_worked));
  check("work", 3);
  MUST(uv_fs_stat(&loop, make(sizeof(uv_fs_t)), ".", on_stat));
  check("fs", 1);
  MUST(uv_random(&loop, make(sizeof(uv_random_t)), bytes, sizeof bytes, 0, on_random));
  check("random", 1);
  MUST(uv_getaddrinfo(&loop, make(sizeof(uv_getaddrinfo_t)), on_addresses, "127.0.0.1", "80", NULL));
  check("getaddrinfo", 1);
  MUST(uv_getnameinfo(&loop, make(sizeof(uv_getnameinfo_t)), on_name, SA(&a),
                      NI_NUMERICHOST | NI_NUMERICSERV));
  check("getnameinfo", 1);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  enter_scratch();
  watchers();
  descriptors_();
  processes();
  shutdowns();
  requests();
  leave_scratch();
  return finish(&loop);
}
