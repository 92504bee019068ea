/* Copying files: what is replaced, kept, refused and removed; and sendfile between
 * files and pipes. */
#include "files.h"

static uv_fs_t req;

static void attributes(const char *path) {
  struct stat s;
  if (stat(path, &s)) {
    say("%s: %s", path, name(-errno));
    return;
  }
  say("%s: mode %o, size %ld, modified %ld", path, s.st_mode, (long) s.st_size,
      s.st_mtime < 1000000 ? (long) s.st_mtime : -1);
}

static void copy(const char *from, const char *to, int flags) {
  int r = uv_fs_copyfile(NULL, &req, from, to, flags, NULL);
  say("copyfile %s to %s, flags %d -> %s, result %s", from, to, flags, name(r),
      name(req.result));
  uv_fs_req_cleanup(&req);
}

static void transfer(const char *what, int out, int in, int64_t offset, size_t n) {
  int r = uv_fs_sendfile(NULL, &req, out, in, offset, n, NULL);
  say("sendfile %s from %ld, %lu bytes -> %s", what, (long) offset,
      (unsigned long) n, name(r));
  uv_fs_req_cleanup(&req);
}

int main(void) {
  uv_loop_t loop;
  int in, out, readonly, p[2], q[2];
  begin();
  enter_scratch();
  umask(022);
  MUST(uv_loop_init(&loop));
  make_file("a", "some text of the original");
  SYS(chmod("a", 0640));
  MUST(uv_fs_utime(NULL, &req, "a", 1000, 2000, NULL));
  uv_fs_req_cleanup(&req);
  copy("a", "new", 0);
  attributes("new");
  show_file("new");
  make_file("longer", "a much, much longer text than that of the original");
  copy("a", "longer", 0);
  show_file("longer");
  attributes("longer");
  copy("a", "longer", UV_FS_COPYFILE_EXCL);
  show_file("longer");
  copy("a", "excl", UV_FS_COPYFILE_EXCL);
  show_file("excl");
  copy("a", "a", 0);
  show_file("a");
  SYS(link("a", "hard"));
  copy("a", "hard", 0);
  show_file("a");
  SYS(symlink("a", "soft"));
  copy("soft", "a", 0);
  copy("soft", "from-soft", 0);
  show_file("from-soft");
  copy("a", "soft", UV_FS_COPYFILE_EXCL);
  SYS(mkdir("d", 0700));
  copy("a", "d", 0);
  copy("d", "e", 0);
  attributes("e");
  copy("a", "nowhere/x", 0);
  copy("nowhere", "a", 0);
  show_file("a");
  copy("/dev/null", "null", 0);
  show_file("null");
  copy("a", "ficlone", UV_FS_COPYFILE_FICLONE);
  show_file("ficlone");
  copy("/proc/self/stat", "proc", UV_FS_COPYFILE_FICLONE_FORCE);
  attributes("proc");

  SYS(in = open("a", O_RDONLY | O_CLOEXEC));
  SYS(readonly = open("hard", O_RDONLY | O_CLOEXEC));
  SYS(out = open("sent", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  SYS(pipe2(p, O_CLOEXEC));
  SYS(pipe2(q, O_CLOEXEC));
  transfer("file to file", out, in, 5, 4);
  say("offset of the input %ld", (long) lseek(in, 0, SEEK_CUR));
  transfer("file to file", out, in, 0, 4);
  transfer("file to file", out, in, 20, 1000);
  transfer("file to file", out, in, 1000, 10);
  transfer("file to file", out, in, 0, 0);
  show_file("sent");
  transfer("file to a file for reading", readonly, in, 0, 4);
  transfer("file to pipe", p[1], in, 0, 4);
  transfer("pipe to file", out, p[0], 0, 4);
  transfer("file to pipe", p[1], in, 5, 4);
  transfer("pipe to pipe", q[1], p[0], 3, 2);
  close(p[1]);
  transfer("pipe to file", out, p[0], 0, 100);
  transfer("ended pipe to file", out, p[0], 0, 100);
  transfer("nothing to file", out, -1, 0, 100);
  transfer("file to nothing", -1, in, 0, 100);
  transfer("file to file, negative", out, in, -1, 4);
  show_file("sent");
  leave_scratch();
  close(in), close(out), close(readonly), close(p[0]), close(q[0]), close(q[1]);
  return finish(&loop);
}
