/* A TCP echo server on uv_poll: the program owns its sockets and asks the
 * library only for readiness. */
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <uv.h>

struct conn {
  uv_poll_t poll;
  int fd;
};

static uv_loop_t loop;
static char space[65536];

static void on_close(uv_handle_t *h) {
  close(((struct conn *)h)->fd);
  free(h);
}

static void write_all(int fd, const char *p, ssize_t n) {
  while (n > 0) {
    ssize_t w = write(fd, p, (size_t)n);
    if (w < 0 && errno != EAGAIN && errno != EINTR)
      return;
    if (w > 0)
      p += w, n -= w;
  }
}

static void on_readable(uv_poll_t *p, int status, int events) {
  struct conn *c = (struct conn *)p;
  ssize_t n;
  if (status < 0) {
    uv_close((uv_handle_t *)p, on_close);
    return;
  }
  if (!(events & UV_READABLE))
    return;
  n = read(c->fd, space, sizeof space);
  if (n > 0)
    write_all(c->fd, space, n);
  else if (n == 0 || errno != EAGAIN)
    uv_close((uv_handle_t *)p, on_close);
}

static void on_connection(uv_poll_t *p, int status, int events) {
  int fd;
  (void)events;
  BENCH_OK(status);
  while ((fd = accept4(((struct conn *)p)->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct conn *c = bench_alloc(1, sizeof *c);
    c->fd = fd;
    BENCH_OK(uv_poll_init(&loop, &c->poll, fd));
    BENCH_OK(uv_poll_start(&c->poll, UV_READABLE, on_readable));
  }
}

int main(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t n = sizeof a;
  struct conn server;
  char text[32];
  bench_init();
  BENCH_OK(uv_loop_init(&loop));
  BENCH_OK(server.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  BENCH_OK(bind(server.fd, (struct sockaddr *)&a, n));
  BENCH_OK(listen(server.fd, 4096));
  BENCH_OK(getsockname(server.fd, (struct sockaddr *)&a, &n));
  BENCH_OK(uv_poll_init(&loop, &server.poll, server.fd));
  BENCH_OK(uv_poll_start(&server.poll, UV_READABLE, on_connection));
  snprintf(text, sizeof text, "%d", ntohs(a.sin_port));
  bench_ready(text);
  return uv_run(&loop, UV_RUN_DEFAULT);
}
