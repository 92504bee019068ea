/* A TCP server that sends back what it receives, until the client closes.
 *
 *   tcp_echo_server [PORT]
 *
 * With port 0, the default, the kernel chooses one. The server says which and
 * ends on SIGINT. See tcp_echo_client.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

typedef struct {
  uv_write_t req;
  uv_buf_t buf;
} write_job;

static uv_tcp_t server;
static uv_signal_t interrupt;

static void check(int status, const char* what) {
  if (status < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(status));
    exit(1);
  }
}

static void on_close(uv_handle_t* handle) {
  free(handle);
}

static void on_written(uv_write_t* req, int status) {
  write_job* job = (write_job*) req;
  if (status < 0 && !uv_is_closing((uv_handle_t*) req->handle))
    uv_close((uv_handle_t*) req->handle, on_close);
  free(job->buf.base);
  free(job);
}

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle;
  /* If this fails, the read callback gets UV_ENOBUFS. */
  *buf = uv_buf_init(malloc(suggested), (unsigned int) suggested);
}

static void on_read(uv_stream_t* client, ssize_t nread, const uv_buf_t* buf) {
  if (nread <= 0) {
    free(buf->base);
    if (nread < 0) /* UV_EOF when the client has closed, or an error */
      uv_close((uv_handle_t*) client, on_close);
    return; /* 0: nothing to read for now */
  }
  /* The bytes must live until on_written. */
  write_job* job = malloc(sizeof *job);
  job->buf = uv_buf_init(buf->base, (unsigned int) nread);
  if (uv_write(&job->req, client, &job->buf, 1, on_written) < 0) {
    free(job->buf.base);
    free(job);
    uv_close((uv_handle_t*) client, on_close);
  }
}

static void on_connection(uv_stream_t* listener, int status) {
  if (status < 0) {
    fprintf(stderr, "connection: %s\n", uv_strerror(status));
    return;
  }
  uv_tcp_t* client = malloc(sizeof *client);
  uv_tcp_init(listener->loop, client);
  if (uv_accept(listener, (uv_stream_t*) client) == 0)
    uv_read_start((uv_stream_t*) client, on_alloc, on_read);
  else
    uv_close((uv_handle_t*) client, on_close);
}

static void close_walked(uv_handle_t* handle, void* arg) {
  (void) arg;
  int is_client = handle->type == UV_TCP && handle != (uv_handle_t*) &server;
  if (!uv_is_closing(handle))
    uv_close(handle, is_client ? on_close : NULL);
}

static void on_interrupt(uv_signal_t* handle, int signum) {
  (void) signum;
  uv_walk(handle->loop, close_walked, NULL);
}

int main(int argc, char** argv) {
  uv_loop_t* loop = uv_default_loop();
  struct sockaddr_in address;
  int length = sizeof address;
  check(uv_ip4_addr("127.0.0.1", argc > 1 ? atoi(argv[1]) : 0, &address), "address");
  check(uv_tcp_init(loop, &server), "init");
  check(uv_tcp_bind(&server, (struct sockaddr*) &address, 0), "bind");
  check(uv_listen((uv_stream_t*) &server, 128, on_connection), "listen");
  check(uv_tcp_getsockname(&server, (struct sockaddr*) &address, &length), "getsockname");
  check(uv_signal_init(loop, &interrupt), "signal");
  check(uv_signal_start(&interrupt, on_interrupt, SIGINT), "SIGINT");
  printf("listening on port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}
