/* A child process that reads from a pipe and writes to another.
 *
 * Prints:
 *   output: HELLO
 *   end of output
 *   exit status 0, signal 0
 *
 * The last two lines may come in either order: the end of a child's output and
 * its exit are separate events.
 */
#include <stdio.h>
#include <uv.h>

static uv_process_t child;
static uv_pipe_t input, output;
static uv_write_t writing;
static char memory[1024];

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle, (void) suggested;
  *buf = uv_buf_init(memory, sizeof memory);
}

static void on_read(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  if (nread > 0)
    printf("output: %.*s", (int) nread, buf->base);
  if (nread < 0) {
    puts(nread == UV_EOF ? "end of output" : uv_strerror((int) nread));
    uv_close((uv_handle_t*) stream, NULL);
  }
}

static void on_exit_(uv_process_t* process, int64_t status, int signal) {
  printf("exit status %d, signal %d\n", (int) status, signal);
  uv_close((uv_handle_t*) process, NULL);
}

static void on_written(uv_write_t* req, int status) {
  (void) status;
  uv_close((uv_handle_t*) req->handle, NULL); /* the child reads its end of file */
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  char* args[] = {"tr", "a-z", "A-Z", NULL};
  uv_stdio_container_t stdio[3] = {
      {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t*) &input},
      {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t*) &output},
      {.flags = UV_INHERIT_FD, .data.fd = 2},
  };
  uv_process_options_t options = {
      .exit_cb = on_exit_,
      .file = args[0],
      .args = args,
      .stdio_count = 3,
      .stdio = stdio,
  };
  uv_buf_t text = uv_buf_init("hello\n", 6);
  uv_pipe_init(loop, &input, 0);
  uv_pipe_init(loop, &output, 0);
  int status = uv_spawn(loop, &child, &options);
  if (status < 0) {
    fprintf(stderr, "spawn: %s\n", uv_strerror(status));
    return 1;
  }
  uv_read_start((uv_stream_t*) &output, on_alloc, on_read);
  uv_write(&writing, (uv_stream_t*) &input, &text, 1, on_written);
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}
