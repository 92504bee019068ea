/* Connects to a listener of its own and closes both ends. */
#include "rounds.h"

static uv_tcp_t listener, client, server;
static struct sockaddr_in address;
static uv_connect_t request;
static int closed;

static void on_close(uv_handle_t* handle) {
  (void) handle;
  if (++closed == 2) uv_stop(listener.loop);
}

static void on_connection(uv_stream_t* stream, int status) {
  CHECK(status == 0);
  CHECK(uv_tcp_init(stream->loop, &server) == 0);
  CHECK(uv_accept(stream, (uv_stream_t*) &server) == 0);
  uv_close((uv_handle_t*) &server, on_close);
}

static void on_connect(uv_connect_t* connect, int status) {
  CHECK(status == 0);
  uv_close((uv_handle_t*) connect->handle, on_close);
}

static void set_up(uv_loop_t* loop) {
  int length = sizeof address;
  CHECK(uv_ip4_addr("127.0.0.1", 0, &address) == 0);
  CHECK(uv_tcp_init(loop, &listener) == 0);
  CHECK(uv_tcp_bind(&listener, (struct sockaddr*) &address, 0) == 0);
  CHECK(uv_tcp_getsockname(&listener, (struct sockaddr*) &address, &length) == 0);
  CHECK(uv_listen((uv_stream_t*) &listener, 128, on_connection) == 0);
}

/* Whoever closes first keeps the port for a while: a reset does not. */
static void one_round(uv_loop_t* loop) {
  struct linger at_once = {1, 0};
  uv_os_fd_t fd;
  closed = 0;
  CHECK(uv_tcp_init(loop, &client) == 0);
  CHECK(uv_tcp_connect(&request, &client, (struct sockaddr*) &address, on_connect) == 0);
  CHECK(uv_fileno((uv_handle_t*) &client, &fd) == 0);
  CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  uv_run(loop, UV_RUN_DEFAULT);
  CHECK(closed == 2);
}
