/* What a copy that fails leaves at its destination.
 *
 * libuv 1.53.0: removes whatever is there, also what was there before: a file that is being
 *   replaced, a FIFO, a device (as root /dev/null, for one), a link.
 * right: removes a file that it made itself, and nothing else. A file that was there before
 *   may have lost content. */
#include "check.h"
#include <sys/resource.h>
#include <sys/sysmacros.h>

static int copy(const char *from, const char *to, int flags) {
  uv_fs_t req;
  int r = uv_fs_copyfile(NULL, &req, from, to, flags, NULL);
  uv_fs_req_cleanup(&req);
  return r;
}

static int kind(const char *path) {
  struct stat s;
  return lstat(path, &s) ? 0 : s.st_mode & S_IFMT;
}

int main(void) {
  static char text[100001];
  struct rlimit limit = {50000, 50000};
  struct stat s;
  int r, reader;
  scratch();
  deadline(20, "a copy does not return");
  memset(text, 'x', sizeof text - 1);
  put_file("large", text);
  put_file("small", "small");

  CHECK(mkfifo("fifo", 0600) == 0, "mkfifo");
  reader = open("fifo", O_RDONLY | O_NONBLOCK);
  r = copy("small", "fifo", 0);
  CHECK(r < 0, "a FIFO cannot be made empty, and yet: %d", r);
  CHECK(kind("fifo") == S_IFIFO, "a FIFO was removed");
  close(reader);
  if (mknod("device", S_IFCHR | 0600, makedev(1, 3)) == 0) {
    reader = open("device", O_RDONLY);
    if (reader >= 0) { /* not on a file system without devices */
      r = copy("small", "device", 0);
      CHECK(r < 0, "a device cannot be made empty, and yet: %d", r);
      CHECK(kind("device") == S_IFCHR, "a device was removed");
    }
    close(reader);
  }

  /* Halfway through, the file may grow no further. */
  signal(SIGXFSZ, SIG_IGN);
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
  r = copy("large", "new", 0);
  CHECK(r == UV_EFBIG, "too large: %s", uv_err_name(r));
  CHECK(!kind("new"), "a copy that failed is left behind");
  r = copy("large", "new", UV_FS_COPYFILE_EXCL);
  CHECK(r == UV_EFBIG, "too large: %s", uv_err_name(r));
  CHECK(!kind("new"), "an exclusive copy that failed is left behind");
  put_file("present", "present");
  r = copy("large", "present", 0);
  CHECK(r == UV_EFBIG, "too large: %s", uv_err_name(r));
  CHECK(kind("present") == S_IFREG, "a file that was there before was removed");
  CHECK(symlink("present", "link") == 0, "symlink");
  r = copy("large", "link", 0);
  CHECK(r == UV_EFBIG && kind("link") == S_IFLNK, "a link was removed");
  CHECK(symlink("nothing", "dangling") == 0, "symlink");
  r = copy("large", "dangling", 0);
  CHECK(r == UV_EFBIG && kind("dangling") == S_IFLNK, "a link to nothing was removed");

  /* Of what is below /proc no file system can share the blocks. */
  r = copy("/proc/version", "new", UV_FS_COPYFILE_FICLONE_FORCE);
  CHECK(r < 0 && !kind("new"), "a clone that failed is left behind");
  r = copy("/proc/version", "present", UV_FS_COPYFILE_FICLONE_FORCE);
  CHECK(r < 0 && kind("present"), "a clone that failed removed a file");

  /* What is not replaced at all stays whole. */
  put_file("whole", "whole");
  r = copy("small", "whole", UV_FS_COPYFILE_EXCL);
  CHECK(r == UV_EEXIST && kind("whole"), "exclusive: %s", uv_err_name(r));
  r = copy("whole", "whole", 0);
  CHECK(r == 0 && kind("whole"), "to itself: %s", uv_err_name(r));
  CHECK(mkdir("directory", 0700) == 0, "mkdir");
  r = copy("directory", "whole", 0);
  CHECK(r == UV_EISDIR && kind("whole"), "of a directory: %s", uv_err_name(r));
  r = copy("missing", "whole", 0);
  CHECK(r == UV_ENOENT && kind("whole"), "of nothing: %s", uv_err_name(r));
  CHECK(stat("whole", &s) == 0 && s.st_size == 5, "a file lost its content for nothing");
  r = copy("small", "dangling", 0);
  CHECK(r == 0 && kind("nothing") == S_IFREG, "through a link: %s", uv_err_name(r));
  return 0;
}
