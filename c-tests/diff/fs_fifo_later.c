/* A path that led to a regular file a moment ago, opened many times, is a FIFO now: the
 * open waits for a writer. */
#include "files.h"

static uv_loop_t loop;
static uv_fs_t req;
static int over;

static void done(uv_fs_t *r) {
  (void) r;
  over = 1;
}

static int result_of(int started) {
  int result;
  over = 0;
  MUST(started);
  while (!over) uv_run(&loop, UV_RUN_ONCE);
  result = (int) req.result;
  uv_fs_req_cleanup(&req);
  return result;
}

static void write_fifo(void *arg) {
  int fd;
  (void) arg;
  SYS(fd = open("file", O_WRONLY | O_CLOEXEC));
  SYS(write(fd, "fifo", 4));
  close(fd);
}

int main(void) {
  uv_thread_t writer;
  char text[8];
  uv_buf_t buf = uv_buf_init(text, sizeof text);
  int fd, i;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  make_file("file", "text");
  for (i = 0; i < 300; i++) {
    fd = result_of(uv_fs_open(&loop, &req, "file", O_RDONLY, 0, done));
    if (fd < 0 || result_of(uv_fs_close(&loop, &req, fd, done))) broken("file");
  }
  SYS(unlink("file"));
  SYS(mkfifo("file", 0600));
  over = 0;
  MUST(uv_fs_open(&loop, &req, "file", O_RDONLY, 0, done));
  for (i = 0; i < 20; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    usleep(1000);
  }
  say("opened without a writer: %d", over);
  MUST(uv_thread_create(&writer, write_fifo, NULL));
  while (!over) uv_run(&loop, UV_RUN_ONCE);
  fd = (int) req.result;
  uv_fs_req_cleanup(&req);
  say("read %d", result_of(uv_fs_read(&loop, &req, fd, &buf, 1, -1, done)));
  say("close %s", name(result_of(uv_fs_close(&loop, &req, fd, done))));
  uv_thread_join(&writer);
  leave_scratch();
  return finish(&loop);
}
