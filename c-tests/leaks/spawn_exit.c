/* Spawns a program with a pipe on its output and waits for its end. */
#include "rounds.h"

static uv_process_t process;
static uv_pipe_t output;
static int exits;

static void on_exit_(uv_process_t* handle, int64_t status, int term_signal) {
  CHECK(status == 0 && term_signal == 0);
  exits++;
  uv_close((uv_handle_t*) handle, NULL);
}

static void buffer(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static char space[64];
  (void) handle, (void) suggested;
  *buf = uv_buf_init(space, sizeof space);
}

static void on_read(uv_stream_t* stream, ssize_t n, const uv_buf_t* buf) {
  (void) buf;
  if (n < 0) uv_close((uv_handle_t*) stream, NULL);
}

static void set_up(uv_loop_t* loop) {
  (void) loop;
}

static void one_round(uv_loop_t* loop) {
  char* args[] = {"true", NULL};
  uv_stdio_container_t stdio[2] = {{.flags = UV_IGNORE}};
  uv_process_options_t options = {.file = "true", .args = args, .exit_cb = on_exit_};
  int before = exits;
  CHECK(uv_pipe_init(loop, &output, 0) == 0);
  stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = (uv_stream_t*) &output;
  options.stdio = stdio;
  options.stdio_count = 2;
  CHECK(uv_spawn(loop, &process, &options) == 0);
  CHECK(uv_read_start((uv_stream_t*) &output, buffer, on_read) == 0);
  CHECK(uv_run(loop, UV_RUN_DEFAULT) == 0);
  CHECK(exits == before + 1);
}
