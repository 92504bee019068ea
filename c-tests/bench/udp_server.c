/* A UDP server: echo, or a sink that counts. A datagram of one byte asks the
 * sink for its count, so that the load knows what arrived. */
#include "common.h"
#include <arpa/inet.h>
#include <uv.h>

enum { DATAGRAM = 2048, BATCH = 32 };

struct request {
  uv_udp_send_t req;
  struct request *next;
  char data[DATAGRAM];
};

static uv_loop_t loop;
static uv_udp_t server;
static int echo;
static uint64_t received;
static struct request *spare;
static char space[65536 * BATCH];

static void on_sent(uv_udp_send_t *req, int status) {
  struct request *r = (struct request *)req;
  (void)status;
  r->next = spare;
  spare = r;
}

static void answer(const char *data, size_t n, const struct sockaddr *to) {
  struct request *r = spare;
  uv_buf_t b;
  if (r)
    spare = r->next;
  else
    r = bench_alloc(1, sizeof *r);
  memcpy(r->data, data, n);
  b = uv_buf_init(r->data, (unsigned)n);
  BENCH_OK(uv_udp_send(&r->req, &server, &b, 1, to, on_sent));
}

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *b) {
  (void)h, (void)n;
  *b = uv_buf_init(space, sizeof space);
}

static void on_recv(uv_udp_t *u, ssize_t n, const uv_buf_t *b, const struct sockaddr *from,
                    unsigned flags) {
  (void)u, (void)flags;
  BENCH_OK(n);
  if (!from)
    return;
  if (echo)
    answer(b->base, (size_t)n < DATAGRAM ? (size_t)n : DATAGRAM, from);
  else if (n == 1)
    answer((char *)&received, sizeof received, from);
  else
    received++;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int n = sizeof a;
  unsigned flags = AF_INET;
  char text[32];
  bench_init();
  echo = !strcmp(mode, "echo");
  if (!echo && strcmp(mode, "sink"))
    return fprintf(stderr, "usage: udp_server echo|sink [mmsg=1]\n"), 2;
  if (bench_num(argv, "mmsg", 0))
    flags |= UV_UDP_RECVMMSG;
  BENCH_OK(uv_loop_init(&loop));
  BENCH_OK(uv_udp_init_ex(&loop, &server, flags));
  BENCH_OK(uv_udp_bind(&server, (struct sockaddr *)&a, 0));
  BENCH_OK(uv_udp_recv_start(&server, on_alloc, on_recv));
  BENCH_OK(uv_udp_getsockname(&server, (struct sockaddr *)&a, &n));
  snprintf(text, sizeof text, "%d", ntohs(a.sin_port));
  bench_ready(text);
  return uv_run(&loop, UV_RUN_DEFAULT);
}
