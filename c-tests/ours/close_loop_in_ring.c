/* The loop is closed and freed in the callback of its last request, which an io_uring did;
 * with and without its epoll descriptor.
 *
 * libuv 1.53.0: crashes.
 * right: uv_run returns 0 and touches the loop no more.
 */
#include "check.h"

static uv_loop_t *loop;
static uv_fs_t req;
static int called;

static void on_read(uv_fs_t *r) {
  called++;
  uv_fs_req_cleanup(r);
  CHECK(uv_loop_close(loop) == 0, "the loop is busy");
  memset(loop, 0x5a, sizeof *loop);
  free(loop);
}

static void read_with(int close_epoll) {
  static char bytes[16];
  uv_buf_t buf = uv_buf_init(bytes, sizeof bytes);
  loop = malloc(sizeof *loop);
  uv_loop_init(loop);
  uv_loop_configure(loop, UV_LOOP_USE_IO_URING_SQPOLL);
  put_file("file", "text");
  int fd = open("file", O_RDONLY);
  CHECK(uv_fs_read(loop, &req, fd, &buf, 1, 0, on_read) == 0, "uv_fs_read failed");
  if (close_epoll) close(uv_backend_fd(loop));
  int more = uv_run(loop, UV_RUN_DEFAULT);
  CHECK(more == 0, "uv_run returned %d", more);
  close(fd);
}

int main(void) {
  deadline(10, "uv_run does not end");
  scratch();
  setenv("UV_USE_IO_URING", "1", 1);
  read_with(0);
  read_with(1);
  CHECK(called == 2, "%d callbacks", called);
  return 0;
}
