/* Reads through a loop's io_uring, of a file under an on-access scanner that takes
 * 500 ms for each answer; and the attempt to take such a read back.
 *
 * libuv 1.53.0: a thread of the kernel's submits, the loop goes on.
 * right: the loop goes on.
 */
#include "scanner.h"

static int over;

static void on_read(uv_fs_t *r) {
  CHECK(r->result == 5 || r->result == UV_ECANCELED || r->result == UV_EINTR,
        "a read ends with %d", (int)r->result);
  over++;
}

static void read_twice(int fd) {
  static char text[2][8];
  uv_fs_t reqs[2];
  over = 0;
  for (int i = 0; i < 2; i++) {
    uv_buf_t buf = uv_buf_init(text[i], 5);
    double before = clock_ms(CLOCK_MONOTONIC);
    int r = uv_fs_read(loop, &reqs[i], fd, &buf, 1, 0, on_read);
    double took = clock_ms(CLOCK_MONOTONIC) - before;
    CHECK(r == 0, "uv_fs_read: %s", uv_strerror(r));
    CHECK(took < LIMIT_MS, "uv_fs_read took %.0f ms", took);
  }
  usleep(50000); /* a thread of the kernel's has begun */
  double before = clock_ms(CLOCK_MONOTONIC);
  uv_cancel((uv_req_t *)&reqs[1]);
  double took = clock_ms(CLOCK_MONOTONIC) - before;
  CHECK(took < LIMIT_MS, "uv_cancel took %.0f ms", took);
  while (over < 2) uv_run(loop, UV_RUN_ONCE);
  uv_fs_req_cleanup(&reqs[0]);
  uv_fs_req_cleanup(&reqs[1]);
}

int main(void) {
  scratch();
  deadline(60, "hangs");
  setenv("UV_USE_IO_URING", "1", 1);
  if (!private_mounts()) SKIP("needs root: a mount namespace");
  own_mount("fs");
  put_file("fs/file", "hello");
  begin_ticks();
  if (uv_loop_configure(loop, UV_LOOP_USE_IO_URING_SQPOLL))
    SKIP("the loop takes no io_uring");
  struct scanner s = make_scanner("fs");
  toggle_scanner(s);
  int fd = open("fs/file", O_RDONLY);
  CHECK(fd >= 0, "open: %s", strerror(errno));
  read_twice(fd);
  end_scanner(s);
  return 0;
}
