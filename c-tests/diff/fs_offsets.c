/* Reading and writing with and without a position, with one buffer, several, and
 * more than one call takes. */
#include "files.h"

static uv_loop_t loop;
static uv_fs_t req;
static int fd;

static void at(const char *when) {
  say("%s: position %ld", when, (long) lseek(fd, 0, SEEK_CUR));
}

static void done(uv_fs_t *r) {
  say("callback: %s", name(r->result));
}

int main(void) {
  enum { MANY = 2500 };
  static uv_buf_t many[MANY];
  static char bytes[MANY * 2];
  char a[4], b[4], c[64];
  uv_buf_t two[2] = {uv_buf_init(a, 4), uv_buf_init(b, 4)};
  uv_buf_t one = uv_buf_init(c, sizeof c);
  uv_buf_t none[2] = {uv_buf_init(NULL, 0), uv_buf_init(NULL, 0)};
  int i;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  fd = uv_fs_open(NULL, &req, "f", O_RDWR | O_CREAT, 0600, NULL);
  MUST(fd);
  say("close-on-exec %d", (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);

  memcpy(a, "abcd", 4);
  memcpy(b, "efgh", 4);
  SYNC(&req, uv_fs_write(NULL, &req, fd, two, 2, -1, NULL));
  at("after a write at the position");
  SYNC(&req, uv_fs_write(NULL, &req, fd, two, 1, 6, NULL));
  at("after a write at 6");
  SYNC(&req, uv_fs_write(NULL, &req, fd, two, 2, -7, NULL));
  at("after a write at -7");
  show_file("f");
  SYNC(&req, uv_fs_write(NULL, &req, fd, none, 2, -1, NULL));
  SYNC(&req, uv_fs_write(NULL, &req, fd, none, 1, 3, NULL));

  SYNC(&req, uv_fs_read(NULL, &req, fd, two, 2, 4, NULL));
  say("\"%.4s\" \"%.4s\"", a, b);
  at("after a read at 4");
  SYS(lseek(fd, 10, SEEK_SET));
  SYNC(&req, uv_fs_read(NULL, &req, fd, two, 2, -1, NULL));
  say("\"%.4s\"", a);
  at("after a read at the position");
  SYNC(&req, uv_fs_read(NULL, &req, fd, &one, 1, 1000, NULL));
  SYNC(&req, uv_fs_read(NULL, &req, fd, none, 2, 0, NULL));

  say("many buffers");
  for (i = 0; i < MANY; i++) {
    bytes[2 * i] = (char) ('a' + i % 26);
    bytes[2 * i + 1] = '.';
    many[i] = uv_buf_init(bytes + 2 * i, 2);
  }
  SYNC(&req, uv_fs_write(NULL, &req, fd, many, MANY, 0, NULL));
  memset(bytes, 0, sizeof bytes);
  SYNC(&req, uv_fs_read(NULL, &req, fd, many, MANY, 0, NULL));
  for (i = 0; i < MANY && bytes[2 * i] == 'a' + i % 26; i++) continue;
  say("%d buffers read back", i);
  say("the caller's list is as it was: %d", many[7].base == bytes + 14 && many[7].len == 2);

  say("asynchronously");
  MUST(uv_fs_write(&loop, &req, fd, many, MANY, -1, done));
  memset(many, 0, sizeof many);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_fs_req_cleanup(&req);
  at("after it");
  MUST(uv_fs_read(&loop, &req, fd, two, 2, 0, done));
  memset(two, 0, sizeof two);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("\"%.4s\" \"%.4s\"", a, b);
  uv_fs_req_cleanup(&req);

  say("on a pipe");
  {
    int p[2];
    SYS(pipe2(p, O_CLOEXEC));
    two[0] = uv_buf_init(a, 4);
    two[1] = uv_buf_init(b, 4);
    SYNC(&req, uv_fs_write(NULL, &req, p[1], two, 2, -1, NULL));
    SYNC(&req, uv_fs_write(NULL, &req, p[1], two, 2, 0, NULL));
    SYNC(&req, uv_fs_read(NULL, &req, p[0], &one, 1, -1, NULL));
    SYNC(&req, uv_fs_read(NULL, &req, p[0], &one, 1, 0, NULL));
    close(p[0]);
    SYNC(&req, uv_fs_write(NULL, &req, p[1], two, 2, -1, NULL));
    close(p[1]);
  }
  SYNC(&req, uv_fs_close(NULL, &req, fd, NULL));
  SYNC(&req, uv_fs_close(NULL, &req, fd, NULL));
  leave_scratch();
  return finish(&loop);
}
