/* Requests for what is in the kernel's caches are requests like all others: the callback
 * comes from the loop and not from within the call, positions move as they do otherwise,
 * and pipes and fifos wait as they always did. */
#include "files.h"

#include <sys/eventfd.h>

static uv_loop_t loop;
static uv_fs_t req, open_req;
static uv_work_t blocker;
static int inside, called, fifo_opened;
static char space[5000];

static void done(uv_fs_t *r) {
  if (inside) say("called from within the call");
  say("  type %d: %s", r->fs_type, r->fs_type == UV_FS_OPEN && r->result >= 0
                                       ? "a descriptor" : name(r->result));
  called++;
}

#define ASYNC(call)                                                            \
  do {                                                                         \
    int before_ = called;                                                      \
    say("%s", #call);                                                          \
    inside = 1;                                                                \
    MUST(call);                                                                \
    inside = 0;                                                                \
    say("  alive %d, called %d", uv_loop_alive(&loop), called - before_);      \
    uv_run(&loop, UV_RUN_DEFAULT);                                             \
  } while (0)

static int open_it(const char *path, int flags) {
  int fd, i;
  for (i = 0; i < 3; i++) {
    MUST(uv_fs_open(&loop, &req, path, flags, 0, done));
    uv_run(&loop, UV_RUN_DEFAULT);
    fd = (int) req.result;
    uv_fs_req_cleanup(&req);
    if (fd < 0) return fd;
    say("  flags %o, close-on-exec %d",
        fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK | O_APPEND),
        (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    if (i < 2) {
      MUST(uv_fs_close(&loop, &req, fd, done));
      uv_run(&loop, UV_RUN_DEFAULT);
      say("  open still: %d", fcntl(fd, F_GETFD) != -1);
      uv_fs_req_cleanup(&req);
    }
  }
  return fd;
}

static void read_it(int fd, size_t n, int64_t offset, int buffers) {
  uv_buf_t bufs[2] = {uv_buf_init(space, (unsigned) n), uv_buf_init(space + n, 3)};
  long at;
  ASYNC(uv_fs_read(&loop, &req, fd, bufs, (unsigned) buffers, offset, done));
  at = (long) lseek(fd, 0, SEEK_CUR);
  say("  %lu bytes from %ld: \"%.8s\", position %ld", (unsigned long) n, (long) offset,
      space, at);
  memset(space, 0, sizeof space);
  uv_fs_req_cleanup(&req);
}

static void status(const char *path) {
  int i;
  for (i = 0; i < 2; i++) {
    ASYNC(uv_fs_stat(&loop, &req, path, done));
    say("  %s: size %d, ptr %d", path, req.result ? -1 : (int) req.statbuf.st_size,
        req.ptr == &req.statbuf);
    uv_fs_req_cleanup(&req);
    ASYNC(uv_fs_lstat(&loop, &req, path, done));
    say("  %s: kind %o", path, req.result ? 0 : (unsigned) req.statbuf.st_mode & S_IFMT);
    uv_fs_req_cleanup(&req);
  }
}

static void on_fifo(uv_fs_t *r) {
  fifo_opened = 1;
  say("fifo: %s", r->result >= 0 ? "a descriptor" : name(r->result));
}

static void write_fifo(void *arg) {
  int fd = open("fifo", O_WRONLY | O_CLOEXEC);
  (void) arg;
  if (fd < 0 || write(fd, "hello", 5) != 5) abort();
  close(fd);
}

int main(void) {
  int fd, p[2], i;
  uv_buf_t one = uv_buf_init(space, 5);
  uv_thread_t writer;
  begin();
  one_thread();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  make_file("f", "0123456789");
  SYS(symlink("f", "link"));
  SYS(symlink("nowhere", "dangling"));
  SYS(mkdir("d", 0700));
  SYS(mkfifo("fifo", 0600));

  fd = open_it("f", O_RDONLY);
  for (i = 0; i < 2; i++) {
    read_it(fd, 4, 2, 1);
    read_it(fd, 4, -1, 1);
    read_it(fd, 4, -1, 2);
    read_it(fd, 4, -1, 1);
    read_it(fd, 4, 8, 1);
    read_it(fd, 4, 100, 1);
    SYS(lseek(fd, 0, SEEK_SET));
  }
  ASYNC(uv_fs_fstat(&loop, &req, fd, done));
  uv_fs_req_cleanup(&req);
  close(fd);
  close(open_it("d", O_RDONLY | O_DIRECTORY));
  close(open_it("link", O_RDONLY));
  open_it("link", O_RDONLY | O_NOFOLLOW);
  open_it("f", O_RDONLY | O_DIRECTORY);
  open_it("dangling", O_RDONLY);
  open_it("none", O_RDONLY);
  close(open_it("f", O_WRONLY));
  close(open_it("f", O_RDONLY | O_APPEND));
  close(open_it("/dev/null", O_RDONLY));
  status("f");
  status("link");
  status("dangling");
  status("none");
  status("f/x");
  status("");
  status("fifo");
  ASYNC(uv_fs_close(&loop, &req, -1, done));
  uv_fs_req_cleanup(&req);
  ASYNC(uv_fs_fstat(&loop, &req, -1, done));
  uv_fs_req_cleanup(&req);

  say("a file that grows");
  SYS(fd = open("f", O_RDWR | O_CLOEXEC));
  SYS(ftruncate(fd, 4096));
  read_it(fd, 4096, 0, 1);
  read_it(fd, 4096, 1, 1);
  SYS(ftruncate(fd, 4099));
  read_it(fd, 4096, 0, 2);
  SYS(unlink("f"));
  read_it(fd, 10, 0, 1);
  ASYNC(uv_fs_close(&loop, &req, fd, done));
  uv_fs_req_cleanup(&req);

  say("a pipe");
  SYS(pipe2(p, O_CLOEXEC));
  put(p[1], "abc");
  ASYNC(uv_fs_read(&loop, &req, p[0], &one, 1, -1, done));
  uv_fs_req_cleanup(&req);
  ASYNC(uv_fs_read(&loop, &req, p[0], &one, 1, 0, done));
  uv_fs_req_cleanup(&req);
  close(p[0]);
  close(p[1]);

  say("an event counter");
  SYS(fd = eventfd(3, EFD_CLOEXEC));
  one = uv_buf_init(space, 100);
  ASYNC(uv_fs_read(&loop, &req, fd, &one, 1, -1, done));
  say("  count %d", space[0]);
  uv_fs_req_cleanup(&req);
  close(fd);
  one = uv_buf_init(space, 5);

  say("a fifo");
  MUST(uv_fs_open(&loop, &open_req, "fifo", O_RDONLY, 0, on_fifo));
  for (i = 0; i < 3; i++) uv_run(&loop, UV_RUN_NOWAIT);
  say("opened without a writer: %d", fifo_opened);
  MUST(uv_thread_create(&writer, write_fifo, NULL));
  uv_run(&loop, UV_RUN_DEFAULT);
  MUST(uv_fs_read(NULL, &req, (int) open_req.result, &one, 1, -1, NULL));
  say("\"%.5s\"", space);
  uv_thread_join(&writer);
  close((int) open_req.result);
  uv_fs_req_cleanup(&open_req);

  say("behind others");
  block_pool(&loop, &blocker);
  MUST(uv_fs_stat(&loop, &req, "d", done));
  TRY(uv_cancel((uv_req_t *) &req));
  let_go();
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_fs_req_cleanup(&req);
  uv_sem_destroy(&gate);
  uv_sem_destroy(&entered);
  leave_scratch();
  return finish(&loop);
}
