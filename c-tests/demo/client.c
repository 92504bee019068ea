/* Connects to a port of 127.0.0.1 and shows each call of its read callback,
 * up to the one that says that the peer has closed. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static char space[64];

static void check(int status, const char* what) {
  if (status < 0) {
    printf("%s: %s (%s)\n", what, uv_err_name(status), uv_strerror(status));
    exit(1);
  }
}

static void on_close(uv_handle_t* handle) {
  (void) handle;
  printf("connection closed\n");
}

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle;
  (void) suggested;
  *buf = uv_buf_init(space, sizeof(space));
}

static void on_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  if (nread == 0)
    return;  /* nothing for now */
  if (nread > 0) {
    printf("read callback: nread == %d, \"%.*s\"\n", (int) nread, (int) nread, buf->base);
    return;
  }
  printf("read callback: nread == %s%s, \"%s\"\n", nread == UV_EOF ? "UV_" : "",
         uv_err_name((int) nread), uv_strerror((int) nread));
  uv_close((uv_handle_t*) stream, on_close);
}

static void on_connect(uv_connect_t* req, int status) {
  check(status, "connect");
  printf("connected\n");
  check(uv_read_start(req->handle, on_alloc, on_read), "uv_read_start");
}

int main(int argc, char** argv) {
  uv_loop_t loop;
  uv_tcp_t socket;
  uv_connect_t request;
  struct sockaddr_in address;

  if (argc != 2) {
    fprintf(stderr, "usage: client PORT\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  check(uv_loop_init(&loop), "uv_loop_init");
  check(uv_tcp_init(&loop, &socket), "uv_tcp_init");
  check(uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address), "uv_ip4_addr");
  check(uv_tcp_connect(&request, &socket, (const struct sockaddr*) &address, on_connect),
        "uv_tcp_connect");

  check(uv_run(&loop, UV_RUN_DEFAULT), "uv_run");
  check(uv_loop_close(&loop), "uv_loop_close");
  printf("loop closed\n");
  return 0;
}
