/* What the differential programs share.
 *
 * Each program answers one question of behaviour. It is compiled once, against
 * the reference's header, and run on two libraries; what it prints must be the
 * same to the byte. So a trace holds no time, address, port, pid or quantity
 * that the kernel chooses, and peers are plain sockets driven in step with the
 * loop: before a turn that should see something, settle() waits until the
 * kernel has it.
 */
#ifndef TRACE_H
#define TRACE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <uv.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER static __attribute__((unused))
#define COUNT(a) ((int) (sizeof(a) / sizeof((a)[0])))
#define LOOPBACK 0x7f000001u

/* One line of the trace. */
HELPER __attribute__((format(printf, 1, 2))) void say(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vprintf(fmt, ap);
  va_end(ap);
  putchar('\n');
}

/* The program itself could not go on: no statement about the library. */
HELPER void broken(const char *what) {
  say("BROKEN: %s: %s", what, strerror(errno));
  exit(3);
}

/* A result by its constant, from the header and not from the library. */
HELPER const char *name(int64_t r) {
  static char text[8][24];
  static unsigned next;
  char *t;
  switch (r) {
#define XX(code, _) case UV_##code: return #code;
    UV_ERRNO_MAP(XX)
#undef XX
  }
  t = text[next++ % 8];
  snprintf(t, sizeof text[0], "%" PRId64, r);
  return t;
}

HELPER int show(const char *what, int r) {
  say("%s -> %s", what, name(r));
  return r;
}

/* Call and trace the call with its result. */
#define TRY(call) show(#call, (call))

/* Call; only a failure is traced, and it ends the program. */
#define MUST(call)                                                             \
  do {                                                                         \
    int must_ = (call);                                                        \
    if (must_ < 0) {                                                           \
      say("MUST %s -> %s", #call, name(must_));                                \
      exit(4);                                                                 \
    }                                                                          \
  } while (0)

/* A plain system call, made again while signals interrupt it: a child's end, or
 * the tools around us. */
#define AGAIN(call) TEMP_FAILURE_RETRY(call)

/* One that cannot reasonably fail. */
#define SYS(call)                                                              \
  do {                                                                         \
    if (AGAIN(call) < 0) broken(#call);                                        \
  } while (0)

/* A fresh directory below TMPDIR, which the driver sets and clears. */
enum { TEMPORARY = 256 };
HELPER void temporary_dir(char path[TEMPORARY]) {
  const char *below = getenv("TMPDIR");
  snprintf(path, TEMPORARY, "%s/uv-XXXXXX", below && *below ? below : "/tmp");
  if (!mkdtemp(path)) broken("mkdtemp");
}

/* ---- what is left over ------------------------------------------------- */

/* How many descriptors are open, of those that a program's own calls can get:
 * what the tools around us (valgrind) hold lies above. */
HELPER int descriptors(void) {
  int fd, n = 0;
  for (fd = 0; fd < 1024; fd++) n += fcntl(fd, F_GETFD) != -1;
  return n;
}

static int start_descriptors;
static long outstanding;

/* Set where the library's allocator is to have nothing to give. */
static int starve;

HELPER void *counted_malloc(size_t n) {
  void *p = starve ? NULL : malloc(n);
  if (p) __atomic_add_fetch(&outstanding, 1, __ATOMIC_SEQ_CST);
  return p;
}
HELPER void *counted_calloc(size_t n, size_t m) {
  void *p = starve ? NULL : calloc(n, m);
  if (p) __atomic_add_fetch(&outstanding, 1, __ATOMIC_SEQ_CST);
  return p;
}
HELPER void *counted_realloc(void *old, size_t n) {
  void *p = starve ? NULL : realloc(old, n);
  if (p && !old) __atomic_add_fetch(&outstanding, 1, __ATOMIC_SEQ_CST);
  return p;
}
HELPER void counted_free(void *p) {
  if (p) __atomic_sub_fetch(&outstanding, 1, __ATOMIC_SEQ_CST);
  free(p);
}

HELPER void on_alarm(int sig) {
  static const char text[] = "STUCK: the program did not end by itself\n";
  (void) sig;
  fflush(stdout);
  if (write(1, text, sizeof text - 1) < 0) _exit(6);
  _exit(5);
}

/* First statement of every program. */
HELPER void begin(void) {
  const char *limit = getenv("TRACE_SECONDS");
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, on_alarm);
  alarm(limit ? (unsigned) atoi(limit) : 25);
  start_descriptors = descriptors();
  MUST(uv_replace_allocator(counted_malloc, counted_realloc, counted_calloc,
                            counted_free));
}

HELPER void leftovers(void) {
  uv_library_shutdown();
  say("memory left: %s", outstanding ? "SOME" : "none");
  say("descriptors left: %d", descriptors() - start_descriptors);
}

HELPER int finish(uv_loop_t *loop) {
  TRY(uv_loop_close(loop));
  leftovers();
  return 0;
}

/* ---- running ------------------------------------------------------------ */

HELPER const char *mode_name(uv_run_mode mode) {
  return mode == UV_RUN_DEFAULT ? "default"
         : mode == UV_RUN_ONCE  ? "once"
                                : "nowait";
}

HELPER int run(uv_loop_t *loop, uv_run_mode mode) {
  int r;
  say("run %s {", mode_name(mode));
  r = uv_run(loop, mode);
  say("} -> %d", r);
  return r;
}

/* Turn until a condition holds, silently: for moments that the kernel times. */
#define UNTIL(loop, cond)                                                      \
  while (!(cond)) uv_run((loop), UV_RUN_ONCE)

HELPER void closed(uv_handle_t *h) {
  say("closed %s", h->data ? (const char *) h->data
                           : uv_handle_type_name(uv_handle_get_type(h)));
}

HELPER void close_one(uv_handle_t *h, void *arg) {
  (void) arg;
  if (!uv_is_closing(h)) uv_close(h, NULL);
}

/* Close whatever is still there and let it finish. */
HELPER void close_all(uv_loop_t *loop) {
  uv_walk(loop, close_one, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
}

#define CLOSE(h) uv_close((uv_handle_t *) (h), closed)
#define H(h) ((uv_handle_t *) (h))
#define S(h) ((uv_stream_t *) (h))

/* ---- plain sockets ------------------------------------------------------ */

/* Wait until the kernel reports one of the events. */
HELPER void settle(int fd, short events) {
  struct pollfd p;
  p.fd = fd;
  p.events = events;
  p.revents = 0;
  if (AGAIN(poll(&p, 1, 15000)) != 1) broken("settle");
}

HELPER void settle_handle(const void *handle, short events) {
  uv_os_fd_t fd;
  MUST(uv_fileno((const uv_handle_t *) handle, &fd));
  settle(fd, events);
}

HELPER struct sockaddr_in loopback(int port) {
  struct sockaddr_in a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  a.sin_port = htons((uint16_t) port);
  a.sin_addr.s_addr = htonl(LOOPBACK);
  return a;
}

HELPER struct sockaddr_in6 loopback6(int port) {
  struct sockaddr_in6 a;
  memset(&a, 0, sizeof a);
  a.sin6_family = AF_INET6;
  a.sin6_port = htons((uint16_t) port);
  a.sin6_addr = in6addr_loopback;
  return a;
}

#define SA(a) ((struct sockaddr *) (a))

HELPER int plain_port(int fd) {
  struct sockaddr_in6 a;
  socklen_t n = sizeof a;
  SYS(getsockname(fd, SA(&a), &n));
  return ntohs(a.sin6_port);
}

HELPER int plain_listen(int *port, int backlog) {
  struct sockaddr_in a = loopback(0);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SYS(fd);
  SYS(bind(fd, SA(&a), sizeof a));
  SYS(listen(fd, backlog));
  *port = plain_port(fd);
  return fd;
}

HELPER int plain_connect(int port) {
  struct sockaddr_in a = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SYS(fd);
  SYS(connect(fd, SA(&a), sizeof a));
  return fd;
}

HELPER void no_delay(int fd) {
  int on = 1;
  SYS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

/* A connected pair of TCP sockets. */
HELPER void plain_pair(int fds[2]) {
  int port, l = plain_listen(&port, 1);
  fds[0] = plain_connect(port);
  SYS(fds[1] = accept4(l, NULL, NULL, SOCK_CLOEXEC));
  no_delay(fds[0]);
  no_delay(fds[1]);
  close(l);
}

/* A connected handle; the peer is a plain, blocking socket. */
HELPER int tcp_with_peer(uv_loop_t *loop, uv_tcp_t *tcp) {
  int fds[2];
  plain_pair(fds);
  MUST(uv_tcp_init(loop, tcp));
  MUST(uv_tcp_open(tcp, fds[0]));
  return fds[1];
}

/* A listening handle on a free port. */
HELPER int tcp_listener(uv_loop_t *loop, uv_tcp_t *tcp, uv_connection_cb cb) {
  struct sockaddr_in a = loopback(0);
  int n = sizeof a;
  MUST(uv_tcp_init(loop, tcp));
  MUST(uv_tcp_bind(tcp, SA(&a), 0));
  MUST(uv_listen(S(tcp), 128, cb));
  MUST(uv_tcp_getsockname(tcp, SA(&a), &n));
  return ntohs(a.sin_port);
}

/* A port of the loopback on which nobody listens. The caller keeps *hold open:
 * it is bound there, so nobody else can get it meanwhile. */
HELPER int closed_port(int *hold) {
  struct sockaddr_in a = loopback(0);
  *hold = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SYS(*hold);
  SYS(bind(*hold, SA(&a), sizeof a));
  return plain_port(*hold);
}

HELPER void put(int fd, const char *text) {
  size_t n = strlen(text);
  if (AGAIN(write(fd, text, n)) != (ssize_t) n) broken("put");
}

/* Read exactly n bytes from a blocking socket. */
HELPER void get(int fd, char *to, size_t n) {
  size_t at = 0;
  while (at < n) {
    ssize_t r = AGAIN(read(fd, to + at, n - at));
    if (r <= 0) broken("get");
    at += (size_t) r;
  }
}

/* The next thing a plain peer sees: text, the end, or an error. */
HELPER void peer_sees(int fd, size_t most) {
  char buf[256];
  ssize_t r = AGAIN(read(fd, buf, most < sizeof buf ? most : sizeof buf));
  if (r > 0)
    say("peer reads \"%.*s\"", (int) r, buf);
  else if (r == 0)
    say("peer reads the end");
  else
    say("peer gets %s", name(-errno));
}

/* Close so that the other side is reset. */
HELPER void reset(int fd) {
  struct linger l = {1, 0};
  SYS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
  close(fd);
}

/* ---- common callbacks --------------------------------------------------- */

HELPER void alloc_static(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
  static char space[65536];
  (void) h;
  (void) suggested;
  buf->base = space;
  buf->len = sizeof space;
}

/* Trace what a read callback got; short texts are shown. */
HELPER void say_read(const char *who, ssize_t nread, const uv_buf_t *buf) {
  if (nread > 0 && nread <= 64)
    say("%s reads \"%.*s\"", who, (int) nread, buf->base);
  else if (nread > 64)
    say("%s reads a lot", who);
  else
    say("%s read: %s", who, name(nread));
}

HELPER const char *label(const void *handle) {
  const uv_handle_t *h = handle;
  return h->data ? (const char *) h->data : "it";
}

HELPER void read_say(uv_stream_t *s, ssize_t nread, const uv_buf_t *buf) {
  say_read(label(s), nread, buf);
}

HELPER uv_buf_t text_buf(const char *text) {
  return uv_buf_init((char *) text, (unsigned) strlen(text));
}

#endif
