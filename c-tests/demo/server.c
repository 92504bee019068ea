/* Listens on 127.0.0.1, prints its port, takes one connection, writes DATA to
 * it and closes. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static uv_tcp_t server;
static uv_tcp_t client;
static uv_write_t request;

static void check(int status, const char* what) {
  if (status < 0) {
    printf("%s: %s (%s)\n", what, uv_err_name(status), uv_strerror(status));
    exit(1);
  }
}

static void on_close(uv_handle_t* handle) {
  printf("%s closed\n", handle == (uv_handle_t*) &server ? "listener" : "connection");
}

static void on_write(uv_write_t* req, int status) {
  check(status, "write");
  printf("DATA written; closing\n");
  uv_close((uv_handle_t*) req->handle, on_close);
  uv_close((uv_handle_t*) &server, on_close);
}

static void on_connection(uv_stream_t* listener, int status) {
  uv_buf_t data = uv_buf_init("DATA", 4);

  check(status, "connection");
  check(uv_tcp_init(listener->loop, &client), "uv_tcp_init");
  check(uv_accept(listener, (uv_stream_t*) &client), "uv_accept");
  printf("accepted\n");
  check(uv_write(&request, (uv_stream_t*) &client, &data, 1, on_write), "uv_write");
}

int main(void) {
  uv_loop_t loop;
  struct sockaddr_in address;
  int length = sizeof(address);

  setvbuf(stdout, NULL, _IOLBF, 0);
  check(uv_loop_init(&loop), "uv_loop_init");
  check(uv_tcp_init(&loop, &server), "uv_tcp_init");
  check(uv_ip4_addr("127.0.0.1", 0, &address), "uv_ip4_addr");
  check(uv_tcp_bind(&server, (const struct sockaddr*) &address, 0), "uv_tcp_bind");
  check(uv_listen((uv_stream_t*) &server, 1, on_connection), "uv_listen");
  check(uv_tcp_getsockname(&server, (struct sockaddr*) &address, &length), "uv_tcp_getsockname");
  printf("listening on 127.0.0.1 port %d\n", ntohs(address.sin_port));

  check(uv_run(&loop, UV_RUN_DEFAULT), "uv_run");
  check(uv_loop_close(&loop), "uv_loop_close");
  printf("loop closed\n");
  return 0;
}
