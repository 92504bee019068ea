/* A TCP client: connects, sends a line, shuts its sending side down and reads
 * until the end.
 *
 *   tcp_echo_client PORT
 *
 * Prints, if tcp_echo_server listens there:
 *   connected
 *   read 6 bytes: hello
 *   end of file
 */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static uv_tcp_t client;
static uv_connect_t connecting;
static uv_write_t writing;
static uv_shutdown_t ending;
static uv_timer_t time_limit;
static char memory[1024];

static void close_all(void) {
  if (!uv_is_closing((uv_handle_t*) &client))
    uv_close((uv_handle_t*) &client, NULL);
  if (!uv_is_closing((uv_handle_t*) &time_limit))
    uv_close((uv_handle_t*) &time_limit, NULL);
}

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle, (void) suggested;
  *buf = uv_buf_init(memory, sizeof memory); /* one read at a time: one buffer */
}

static void on_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  (void) stream;
  if (nread > 0)
    printf("read %d bytes: %.*s", (int) nread, (int) nread, buf->base);
  if (nread < 0) {
    puts(nread == UV_EOF ? "end of file" : uv_strerror((int) nread));
    close_all();
  }
}

static void on_connected(uv_connect_t* req, int status) {
  if (status < 0) {
    printf("connect: %s\n", uv_strerror(status));
    close_all();
    return;
  }
  puts("connected");
  uv_buf_t line = uv_buf_init("hello\n", 6);
  uv_read_start(req->handle, on_alloc, on_read);
  uv_write(&writing, req->handle, &line, 1, NULL);
  uv_shutdown(&ending, req->handle, NULL); /* after the write */
}

static void on_time_limit(uv_timer_t* timer) {
  (void) timer;
  puts("no answer within 5 s");
  close_all(); /* a connect under way gets UV_ECANCELED */
}

int main(int argc, char** argv) {
  uv_loop_t* loop = uv_default_loop();
  struct sockaddr_in address;
  if (argc < 2 || uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address) < 0) {
    fprintf(stderr, "usage: tcp_echo_client PORT\n");
    return 2;
  }
  uv_tcp_init(loop, &client);
  uv_timer_init(loop, &time_limit);
  uv_timer_start(&time_limit, on_time_limit, 5000, 0);
  uv_tcp_connect(&connecting, &client, (const struct sockaddr*) &address, on_connected);
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}
