/* An HTTP-like server of one thread for bench.py: answers each request, which ends with an empty line, on a connection
 * that stays open. Prints the port it listens at on loopback; ends when its stdin ends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER = 65536 };

static const char answer[] = "HTTP/1.1 200 OK\r\n"
                             "Content-Type: text/plain\r\n"
                             "Content-Length: 64\r\n"
                             "\r\n"
                             "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* For each descriptor: how many bytes of the empty line "\r\n\r\n" the request has ended with so far. */
static unsigned char *matched;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void add(int loop, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) != 0)
    fail("epoll_ctl");
}

static void accept_all(int loop, int listener) {
  int fd, one = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    matched[fd] = 0;
    add(loop, fd);
  }
  if (errno != EAGAIN && errno != ECONNABORTED)
    fail("accept4");
}

/* Reads once, and answers each request that is complete. An answer fits the socket's buffer, since a client sends the
 * next request after it has read the answer. */
static void serve(int fd) {
  static char buffer[BUFFER];
  ssize_t size = read(fd, buffer, sizeof buffer);
  if (size <= 0) {
    if (size == 0 || errno != EAGAIN)
      close(fd);
    return;
  }
  for (ssize_t i = 0; i < size; i++) {
    if (buffer[i] == "\r\n\r\n"[matched[fd]])
      matched[fd]++;
    else
      matched[fd] = buffer[i] == '\r';
    if (matched[fd] == 4) {
      matched[fd] = 0;
      if (write(fd, answer, sizeof answer - 1) != (ssize_t)sizeof answer - 1) {
        close(fd);
        return;
      }
    }
  }
}

int main(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  matched = calloc(limit.rlim_cur, 1);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (matched == NULL || listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
      listen(listener, 4096) != 0 || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
    fail("listen");
  int loop = epoll_create1(EPOLL_CLOEXEC);
  if (loop < 0)
    fail("epoll_create1");
  add(loop, listener);
  add(loop, STDIN_FILENO);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    static struct epoll_event events[EVENTS];
    int count = epoll_wait(loop, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == STDIN_FILENO)
        return 0;
      if (events[i].data.fd == listener)
        accept_all(loop, listener);
      else
        serve(events[i].data.fd);
    }
  }
}
