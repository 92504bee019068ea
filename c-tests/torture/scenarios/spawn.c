/* A child with pipes for its input and output; then a program that is not there.
 * After an error the pipes are closed, not the process: the child then ends, and its
 * exit callback is owed. */
#include "../scenario.h"

static const char text[] = "through the child and back";
static uv_process_t child, missing;
static uv_pipe_t input, output;
static uv_write_t write_req;
static uv_shutdown_t end_req;
static size_t received;
static int spawned, ended, exits;

static void close_pipe(uv_handle_t *handle, void *unused) {
  (void)unused;
  if (handle->type == UV_NAMED_PIPE) close_handle(handle);
}

static void close_pipes(void) { uv_walk(&loop, close_pipe, NULL); }

/* uv_spawn may report an error of a pipe after the child was made: its end is told
 * unless the handle is closed before. */
static void on_exit_(uv_process_t *process, int64_t status, int signal) {
  if (spawned) came(process, 0);
  exits++;
  CHECK(troubled() || (status == 7 && signal == 0), "status %d, signal %d", (int)status,
        signal);
  close_handle(process);
}

static void on_shutdown(uv_shutdown_t *req, int status) {
  if (came(req, status) < 0) close_pipes();
}

static void on_written(uv_write_t *req, int status) {
  if (came(req, status) < 0) close_pipes();
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  if (count == 0) return;
  if (count == UV_EOF) {
    ended = 1;
    close_handle(&input);
    return close_handle(stream);
  }
  if (TRY(count) < 0) return close_pipes();
  CHECK(received + (size_t)count < sizeof text &&
            !memcmp(buf->base, text + received, (size_t)count),
        "%zd bytes at %zu", count, received);
  received += (size_t)count;
}

static int spawn(void) {
  char *args[] = {helper_path, NULL}, *env[] = {"A=b", NULL};
  uv_stdio_container_t stdio[3] = {
      {UV_CREATE_PIPE | UV_READABLE_PIPE, {(uv_stream_t *)&input}},
      {UV_CREATE_PIPE | UV_WRITABLE_PIPE, {(uv_stream_t *)&output}},
      {UV_INHERIT_FD, {NULL}},
  };
  uv_process_options_t options = {.exit_cb = on_exit_, .file = helper_path, .args = args,
                                  .env = env, .cwd = "/", .stdio_count = 3, .stdio = stdio};
  stdio[2].data.fd = 2;
  if (TRY(uv_pipe_init(&loop, &input, 0)) || TRY(uv_pipe_init(&loop, &output, 0))) return -1;
  if (TRY(uv_spawn(&loop, &child, &options))) {
    close_handle(&child);
    return -1;
  }
  spawned = 1;
  sent(&child, "the exit callback");
  uv_buf_t buf = uv_buf_init((char *)text, sizeof text - 1);
  if (TRY(uv_read_start((uv_stream_t *)&output, on_alloc, on_read))) return -1;
  if (TRY(uv_write(&write_req, (uv_stream_t *)&input, &buf, 1, on_written))) return -1;
  sent(&write_req, "uv_write");
  if (TRY(uv_shutdown(&end_req, (uv_stream_t *)&input, on_shutdown))) return -1;
  sent(&end_req, "uv_shutdown");
  return 0;
}

static void spawn_missing(void) {
  char *args[] = {"missing", NULL};
  uv_process_options_t options = {.exit_cb = on_exit_, .file = "/missing", .args = args};
  int result = uv_spawn(&loop, &missing, &options);
  if (result != UV_ENOENT) {
    CHECK(result < 0, "a missing program was spawned");
    TRY(result);
  }
  close_handle(&missing);
}

void scenario(void) {
  if (!begin()) return;
  if (spawn()) close_pipes();
  else spawn_missing();
  finish();
  CHECK(troubled() || (ended && exits == 1 && received == sizeof text - 1),
        "%zu bytes, end %d, exits %d", received, ended, exits);
}
