/* An echo over TCP: the client sends, ends its side, and reads what comes back. */
#include "../scenario.h"

#include <netinet/in.h>

enum { SIZE = 150000, PARTS = 3 };

static uv_tcp_t server, peer, client;
static uv_connect_t connect_req;
static uv_write_t write_reqs[PARTS];
static uv_shutdown_t client_end, peer_end;
static char data[SIZE], back[SIZE];
static size_t echoed, received;
static int ended;
static struct echo {
  uv_write_t req;
  char bytes[65536];
} echoes[64];
static int used;

void prepare(void) {
  for (int i = 0; i < SIZE; i++) data[i] = (char)(i * 31 + i / 251);
}

static void on_shutdown(uv_shutdown_t *req, int status) {
  if (came(req, status) < 0) give_up();
}

static void on_echoed(uv_write_t *req, int status) {
  if (came(req, status) < 0) give_up();
}

static void on_peer_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  if (count == 0) return;
  if (count == UV_EOF) {
    CHECK(echoed == SIZE || troubled(), "the end after %zu of %d bytes", echoed, SIZE);
    if (TRY(uv_shutdown(&peer_end, stream, on_shutdown))) give_up();
    else sent(&peer_end, "uv_shutdown of the peer");
    return;
  }
  if (TRY(count) < 0) return give_up();
  CHECK(echoed + (size_t)count <= SIZE, "too many bytes");
  CHECK(!memcmp(buf->base, data + echoed, (size_t)count), "bytes at %zu", echoed);
  echoed += (size_t)count;
  struct echo *echo = &echoes[used++];
  CHECK(used < 64, "reads of %zd bytes", count);
  memcpy(echo->bytes, buf->base, (size_t)count);
  uv_buf_t out = uv_buf_init(echo->bytes, (unsigned)count);
  if (TRY(uv_write(&echo->req, stream, &out, 1, on_echoed))) give_up();
  else sent(&echo->req, "uv_write of the echo");
}

static void on_connection(uv_stream_t *stream, int status) {
  struct sockaddr_storage name;
  int size = sizeof name;
  if (TRY(status) < 0) return give_up();
  if (TRY(uv_tcp_init(&loop, &peer)) || TRY(uv_accept(stream, (uv_stream_t *)&peer)) ||
      TRY(uv_tcp_nodelay(&peer, 1)) || TRY(uv_tcp_keepalive(&peer, 1, 60)) ||
      TRY(uv_tcp_getpeername(&peer, (struct sockaddr *)&name, &size)) ||
      TRY(uv_read_start((uv_stream_t *)&peer, on_alloc, on_peer_read)))
    give_up();
  close_handle(&server);
}

static void on_written(uv_write_t *req, int status) {
  if (came(req, status) < 0) give_up();
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  (void)stream;
  if (count == 0) return;
  if (count == UV_EOF) {
    ended = 1;
    return give_up();
  }
  if (TRY(count) < 0) return give_up();
  CHECK(received + (size_t)count <= SIZE, "too many bytes back");
  memcpy(back + received, buf->base, (size_t)count);
  received += (size_t)count;
}

static void on_connect(uv_connect_t *req, int status) {
  uv_stream_t *stream = (uv_stream_t *)&client;
  if (came(req, status) < 0) return give_up();
  if (TRY(uv_read_start(stream, on_alloc, on_read))) return give_up();
  for (int i = 0; i < PARTS; i++) {
    uv_buf_t bufs[2];
    char *part = data + SIZE / PARTS * i;
    bufs[0] = uv_buf_init(part, 10);
    bufs[1] = uv_buf_init(part + 10, SIZE / PARTS - 10);
    if (TRY(uv_write(&write_reqs[i], stream, bufs, 2, on_written))) return give_up();
    sent(&write_reqs[i], "uv_write of the client");
  }
  if (TRY(uv_shutdown(&client_end, stream, on_shutdown))) return give_up();
  sent(&client_end, "uv_shutdown of the client");
}

static int listen_and_connect(void) {
  struct sockaddr_in address;
  int size = sizeof address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  if (TRY(uv_tcp_init(&loop, &server))) return -1;
  if (TRY(uv_tcp_init_ex(&loop, &client, AF_INET))) return -1;
  if (TRY(uv_tcp_bind(&server, (struct sockaddr *)&address, 0))) return -1;
  if (TRY(uv_listen((uv_stream_t *)&server, 8, on_connection))) return -1;
  if (TRY(uv_tcp_getsockname(&server, (struct sockaddr *)&address, &size))) return -1;
  if (TRY(uv_tcp_connect(&connect_req, &client, (struct sockaddr *)&address, on_connect)))
    return -1;
  sent(&connect_req, "uv_tcp_connect");
  return 0;
}

void scenario(void) {
  if (!begin()) return;
  if (listen_and_connect()) give_up();
  finish();
  CHECK(!memcmp(back, data, received), "wrong bytes back");
  CHECK(troubled() || (ended && received == SIZE), "%zu bytes back", received);
}
