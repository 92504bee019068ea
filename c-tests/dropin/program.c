/* Compiled with one header, run on either library: prints what the two must agree
 * on, and uses a handle and a request of several kinds in one loop.
 *
 * With the argument "where" it only prints which library it runs on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CHECK(expression)                                                     \
  do {                                                                        \
    if (!(expression)) {                                                      \
      printf("line %d: %s\n", __LINE__, #expression);                         \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

static void versions(void) {
  char text[64];
  snprintf(text, sizeof text, "%d.%d.%d%s", UV_VERSION_MAJOR, UV_VERSION_MINOR,
           UV_VERSION_PATCH, UV_VERSION_SUFFIX);
  printf("header %s, library %s\n", text, uv_version_string());
  CHECK(strcmp(text, uv_version_string()) == 0);
  CHECK(uv_version() == UV_VERSION_HEX);
}

/* What this header says of a type's size is what the library says. */
static void sizes(void) {
  size_t handles = 0, requests = 0;
#define XX(upper, lower)                                                      \
  CHECK(uv_handle_size(UV_##upper) == sizeof(uv_##lower##_t));                \
  CHECK(strcmp(uv_handle_type_name(UV_##upper), #lower) == 0);                \
  handles++;
  UV_HANDLE_TYPE_MAP(XX)
#undef XX
#define XX(upper, lower)                                                      \
  CHECK(uv_req_size(UV_##upper) == sizeof(uv_##lower##_t));                   \
  CHECK(strcmp(uv_req_type_name(UV_##upper), #lower) == 0);                   \
  requests++;
  UV_REQ_TYPE_MAP(XX)
#undef XX
  CHECK(uv_loop_size() == sizeof(uv_loop_t));
  printf("%zu handle and %zu request types of one size\n", handles, requests);
}

static void errors(void) {
  size_t count = 0;
#define XX(name, text)                                                        \
  CHECK(strcmp(uv_err_name(UV_##name), #name) == 0);                          \
  CHECK(strcmp(uv_strerror(UV_##name), text) == 0);                           \
  count++;
  UV_ERRNO_MAP(XX)
#undef XX
  printf("%zu errors of one name and text\n", count);
}

static uv_pipe_t reader, writer;
static uv_timer_t timer;
static uv_async_t async;
static uv_work_t work;
static uv_fs_t file;
static uv_write_t written;
static uv_check_t check;

static void on_check(uv_check_t* handle) {
  CHECK(handle == &check);
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_timer(uv_timer_t* handle) {
  puts("timer");
  uv_close((uv_handle_t*) handle, NULL);
}

static void on_async(uv_async_t* handle) {
  puts("async");
  uv_close((uv_handle_t*) handle, NULL);
  uv_timer_start(&timer, on_timer, 1, 0);
}

static void in_pool(uv_work_t* request) {
  CHECK(request->data == &work);
}

static void after_pool(uv_work_t* request, int status) {
  CHECK(request == &work && status == 0);
  puts("work");
  uv_async_send(&async);
}

static void on_open(uv_fs_t* request) {
  CHECK(request->result >= 0);
  puts("file");
  CHECK(uv_fs_close(NULL, request, (uv_file) request->result, NULL) == 0);
  uv_fs_req_cleanup(request);
  CHECK(uv_queue_work(timer.loop, &work, in_pool, after_pool) == 0);
}

static void buffer(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static char space[16];
  CHECK(handle == (uv_handle_t*) &reader && suggested > 0);
  *buf = uv_buf_init(space, sizeof space);
}

static void on_read(uv_stream_t* stream, ssize_t n, const uv_buf_t* buf) {
  if (n > 0) {
    printf("read %.*s\n", (int) n, buf->base);
    uv_close((uv_handle_t*) &writer, NULL);
    return;
  }
  CHECK(n == UV_EOF);
  puts("end of file");
  uv_close((uv_handle_t*) stream, NULL);
  CHECK(uv_fs_open(stream->loop, &file, "/dev/null", UV_FS_O_RDONLY, 0, on_open) == 0);
}

static void on_written(uv_write_t* request, int status) {
  CHECK(request == &written && status == 0 && writer.write_queue_size == 0);
}

int main(int argc, char** argv) {
  uv_loop_t loop;
  uv_file ends[2];
  uv_buf_t data = uv_buf_init("DATA", 4);
  if (argc > 1 && strcmp(argv[1], "where") == 0) {
    Dl_info info;
    CHECK(dladdr(dlsym(RTLD_DEFAULT, "uv_run"), &info) != 0);
    puts(info.dli_fname);
    return 0;
  }
  versions();
  sizes();
  errors();
  work.data = &work;
  CHECK(uv_loop_init(&loop) == 0);
  CHECK(uv_timer_init(&loop, &timer) == 0);
  CHECK(uv_async_init(&loop, &async, on_async) == 0);
  CHECK(uv_check_init(&loop, &check) == 0);
  CHECK(uv_check_start(&check, on_check) == 0);
  CHECK(uv_pipe(ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) == 0);
  CHECK(uv_pipe_init(&loop, &reader, 0) == 0);
  CHECK(uv_pipe_open(&reader, ends[0]) == 0);
  CHECK(uv_pipe_init(&loop, &writer, 0) == 0);
  CHECK(uv_pipe_open(&writer, ends[1]) == 0);
  CHECK(uv_read_start((uv_stream_t*) &reader, buffer, on_read) == 0);
  CHECK(uv_write(&written, (uv_stream_t*) &writer, &data, 1, on_written) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(uv_loop_close(&loop) == 0);
  puts("loop closed");
  return 0;
}
