/* The load generator, one and the same for every library: plain sockets and
 * epoll, no libuv. It measures a server in another process, whose CPU time it
 * reads from that process's own clock.
 *
 *   load echo|churn|sink|source|udp-echo|udp-sink|memory pid=PID at=PORT|@NAME
 *        [conns=N] [size=BYTES] [reply=BYTES] [warm=MS]
 */
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { EVENTS = 512, BUFFER = 1 << 18, THREADS = 4 };

static const char *at;
static long pid;
static size_t conns, size, reply;
static char buffer[BUFFER];

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* Source addresses rotate over 127.0.0.0/8 so that no port range runs out. */
static int dial_inet(int type, unsigned salt) {
  struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
  int one = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0)
    die("socket");
  from.sin_addr.s_addr = htonl(0x7f000002u + salt % 4000u);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons((uint16_t)atoi(at));
  if (type == SOCK_STREAM) {
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  if (bind(fd, (struct sockaddr *)&from, sizeof from))
    die("bind");
  if (connect(fd, (struct sockaddr *)&to, sizeof to))
    die("connect");
  return fd;
}

static int dial_unix(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    die("socket");
  snprintf(to.sun_path, sizeof to.sun_path, "%s", at);
  socklen_t length =
      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(to.sun_path));
  *to.sun_path = 0; /* its @ */
  while (connect(fd, (struct sockaddr *)&to, length))
    if (errno != EAGAIN)
      die("connect");
    else
      usleep(100);
  return fd;
}

static int dial(unsigned salt) {
  return *at >= '0' && *at <= '9' ? dial_inet(SOCK_STREAM, salt) : dial_unix();
}

static void send_all(int fd, const char *p, size_t n) {
  while (n) {
    ssize_t w = send(fd, p, n, MSG_NOSIGNAL);
    if (w < 0 && errno == EINTR)
      continue;
    if (w <= 0)
      die("send");
    p += w, n -= (size_t)w;
  }
}

struct conn {
  int fd;
  size_t got;
};

static struct conn *conn;
static int poller;

/* Takes what has come; 1 if that completes a reply. */
static int take(struct conn *c, int flags) {
  ssize_t n = recv(c->fd, buffer, reply - c->got, flags);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  if (n <= 0)
    die("recv");
  c->got += (size_t)n;
  if (c->got < reply)
    return 0;
  c->got = 0;
  return 1;
}

static uint64_t echo_one(uint64_t until) {
  uint64_t ops = 0;
  do
    for (int i = 0; i < 16; i++, ops++) {
      while (!take(&conn[0], MSG_WAITALL))
        ;
      send_all(conn[0].fd, buffer, size);
    }
  while (bench_now() < until);
  return ops;
}

static uint64_t echo_many(uint64_t until) {
  struct epoll_event ev[EVENTS];
  uint64_t ops = 0;
  do {
    int n = epoll_wait(poller, ev, EVENTS, 1000);
    for (int i = 0; i < n; i++) {
      struct conn *c = ev[i].data.ptr;
      if (!take(c, MSG_DONTWAIT))
        continue;
      ops++;
      send_all(c->fd, buffer, size);
    }
  } while (bench_now() < until);
  return ops;
}

static void open_all(void) {
  conn = bench_alloc(conns, sizeof *conn);
  poller = epoll_create1(EPOLL_CLOEXEC);
  for (size_t i = 0; i < conns; i++) {
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &conn[i]};
    conn[i].fd = dial((unsigned)i);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, conn[i].fd, &ev))
      die("epoll_ctl");
  }
}

/* Every connection always has one message under way. */
static void echo(uint64_t warm) {
  uint64_t (*run)(uint64_t) = conns == 1 ? echo_one : echo_many;
  open_all();
  for (size_t i = 0; i < conns; i++)
    send_all(conn[i].fd, buffer, size);
  run(bench_now() + warm);
  bench_begin();
  bench_end("echo", run(bench_deadline));
}

static atomic_uint_fast64_t churned;
static atomic_uint salt;

static void *churn_thread(void *unused) {
  char space[4096];
  for (;;) {
    int fd = dial(atomic_fetch_add(&salt, 1));
    send_all(fd, space, size);
    for (size_t got = 0; got < size;) {
      ssize_t n = recv(fd, space, sizeof space, 0);
      if (n <= 0)
        die("recv");
      got += (size_t)n;
    }
    close(fd);
    atomic_fetch_add(&churned, 1);
  }
  return unused;
}

static void churn(uint64_t warm) {
  uint64_t before;
  for (int i = 0; i < THREADS; i++) {
    pthread_t t;
    if (pthread_create(&t, NULL, churn_thread, NULL))
      die("pthread_create");
  }
  usleep((useconds_t)(warm / 1000));
  bench_begin();
  before = atomic_load(&churned);
  usleep((useconds_t)(bench_ms() * 1000));
  before = atomic_load(&churned) - before;
  bench_end("churn", before);
}

static uint64_t pour(int fd, uint64_t until) {
  uint64_t ops = 0;
  for (; bench_now() < until; ops++)
    send_all(fd, buffer, size);
  return ops;
}

static uint64_t drain(int fd, uint64_t until) {
  uint64_t bytes = 0;
  do {
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0)
      die("recv");
    bytes += (uint64_t)n;
  } while (bench_now() < until);
  return bytes / size;
}

static void flow(const char *name, uint64_t (*run)(int, uint64_t), uint64_t warm) {
  int fd = dial(0);
  run(fd, bench_now() + warm);
  bench_begin();
  bench_end(name, run(fd, bench_deadline));
}

/* Datagrams may be lost: silence for 100 ms sends everyone's again. */
static uint64_t udp_echo_run(uint64_t until) {
  struct epoll_event ev[EVENTS];
  uint64_t ops = 0;
  do {
    int n = epoll_wait(poller, ev, EVENTS, 100);
    for (size_t i = 0; n == 0 && i < conns; i++)
      send(conn[i].fd, buffer, size, 0);
    for (int i = 0; i < n; i++) {
      int fd = ((struct conn *)ev[i].data.ptr)->fd;
      if (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) < 0)
        continue;
      ops++;
      send(fd, buffer, size, 0);
    }
  } while (bench_now() < until);
  return ops;
}

static void udp_echo(uint64_t warm) {
  conn = bench_alloc(conns, sizeof *conn);
  poller = epoll_create1(EPOLL_CLOEXEC);
  for (size_t i = 0; i < conns; i++) {
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &conn[i]};
    conn[i].fd = dial_inet(SOCK_DGRAM, (unsigned)i);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, conn[i].fd, &ev))
      die("epoll_ctl");
    send(conn[i].fd, buffer, size, 0);
  }
  udp_echo_run(bench_now() + warm);
  bench_begin();
  bench_end("udp-echo", udp_echo_run(bench_deadline));
}

static uint64_t ask_count(int fd) {
  struct timeval patience = {.tv_usec = 50000};
  uint64_t count;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  /* What came too late for an earlier question is no answer to this one. */
  while (recv(fd, &count, sizeof count, MSG_DONTWAIT) > 0)
    ;
  for (int tries = 0; tries < 40; tries++) {
    send(fd, "?", 1, 0);
    if (recv(fd, &count, sizeof count, 0) == (ssize_t)sizeof count)
      return count;
  }
  die("no count from the server");
  return 0;
}

static void blast(int fd, uint64_t until) {
  struct mmsghdr msg[32];
  struct iovec iov = {.iov_base = buffer, .iov_len = size};
  memset(msg, 0, sizeof msg);
  for (int i = 0; i < 32; i++) {
    msg[i].msg_hdr.msg_iov = &iov;
    msg[i].msg_hdr.msg_iovlen = 1;
  }
  while (bench_now() < until)
    if (sendmmsg(fd, msg, 32, 0) < 0 && errno != EINTR)
      die("sendmmsg");
}

/* More than the server can take; an operation is a datagram that it received. */
static void udp_sink(uint64_t warm) {
  int fd = dial_inet(SOCK_DGRAM, 0), asker = dial_inet(SOCK_DGRAM, 1);
  uint64_t before;
  blast(fd, bench_now() + warm);
  usleep(20000);
  before = ask_count(asker);
  bench_begin();
  blast(fd, bench_deadline);
  bench_pause();
  usleep(20000);
  bench_report("udp-sink", ask_count(asker) - before);
}

static uint64_t resident(void) {
  char path[64], line[256];
  unsigned long long kb = 0;
  FILE *f;
  snprintf(path, sizeof path, "/proc/%ld/status", pid);
  if (!(f = fopen(path, "re")))
    die(path);
  while (fgets(line, sizeof line, f))
    if (sscanf(line, "RssAnon: %llu", &kb) == 1)
      break;
  fclose(f);
  return kb * 1024;
}

/* Resident bytes that idle connections add, in place of the nanoseconds. A
 * thousand come first and are not counted: what is allocated once is warm. */
static void memory(void) {
  uint64_t before;
  for (unsigned i = 0; i < 1000; i++)
    dial(i);
  usleep(100000);
  before = resident();
  for (unsigned i = 0; i < conns; i++)
    dial(i);
  usleep(200000);
  bench_wall_sum = resident() - before;
  bench_report("bytes", conns);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  uint64_t warm = bench_num(argv, "warm", 60) * 1000000u;
  bench_init();
  at = bench_arg(argv, "at", "");
  pid = (long)bench_num(argv, "pid", 0);
  conns = bench_num(argv, "conns", 1);
  size = bench_num(argv, "size", 64);
  reply = bench_num(argv, "reply", size);
  if (size > BUFFER || reply > BUFFER || !conns || !size)
    return fprintf(stderr, "load: size out of range\n"), 2;
  if ((errno = clock_getcpuclockid((pid_t)pid, &bench_cpu_clock)))
    die("clock_getcpuclockid");
  if (!strcmp(mode, "echo"))
    echo(warm);
  else if (!strcmp(mode, "churn"))
    churn(warm);
  else if (!strcmp(mode, "sink"))
    flow(mode, pour, warm);
  else if (!strcmp(mode, "source"))
    flow(mode, drain, warm);
  else if (!strcmp(mode, "udp-echo"))
    udp_echo(warm);
  else if (!strcmp(mode, "udp-sink"))
    udp_sink(warm);
  else if (!strcmp(mode, "memory"))
    memory();
  else
    return fprintf(stderr, "load: unknown mode\n"), 2;
  return 0;
}
