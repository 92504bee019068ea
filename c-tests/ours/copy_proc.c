/* uv_fs_copyfile() and uv_fs_sendfile() of files that have content but no size, as those
 * below /proc have.
 *
 * libuv 1.53.0: uv_fs_copyfile() returns 0 and leaves an empty file, also when the original
 *   is a directory without a size; uv_fs_sendfile() sends nothing.
 * right: the copy has what reading the file gives, with and without UV_FS_COPYFILE_FICLONE;
 *   a directory is UV_EISDIR. Of a device nothing is copied: it may have no end. */
#include "check.h"

static ssize_t content(const char *path, char *to, size_t room) {
  int fd = open(path, O_RDONLY);
  ssize_t n = fd < 0 ? -1 : 0, got;
  while (fd >= 0 && (got = read(fd, to + n, room - n)) > 0) n += got;
  close(fd);
  return n;
}

static int copy(const char *from, const char *to, int flags) {
  uv_fs_t req;
  int r = uv_fs_copyfile(NULL, &req, from, to, flags, NULL);
  uv_fs_req_cleanup(&req);
  return r;
}

int main(void) {
  static const char *source[] = {"/proc/version", "/proc/self/cmdline", "/proc/cpuinfo",
                                 "/sys/kernel/mm/transparent_hugepage/enabled"};
  static const int flags[] = {0, UV_FS_COPYFILE_FICLONE};
  static char want[1 << 20], got[1 << 20];
  uv_fs_t req;
  ssize_t n, m;
  int i, k, in, out, r;
  scratch();
  deadline(20, "uv_fs_copyfile does not return");
  for (i = 0; i < 4; i++)
    for (k = 0; k < 2; k++) {
      if ((n = content(source[i], want, sizeof want)) <= 0) continue;
      r = copy(source[i], "copy", flags[k]);
      CHECK(r == 0, "%s: %s", source[i], uv_err_name(r));
      m = content("copy", got, sizeof got);
      CHECK(m > 0, "%s: returned 0, the copy is empty", source[i]);
      if (i != 2) /* the speeds in cpuinfo change */
        CHECK(m == n && !memcmp(want, got, n), "%s: the copy differs", source[i]);
      unlink("copy");
    }
  if (content("/proc/version", want, sizeof want) <= 0) SKIP("no /proc/version");

  r = copy("/proc/self/fd", "copy", 0);
  CHECK(r == UV_EISDIR, "a directory without a size: %s", uv_err_name(r));
  CHECK(access("copy", F_OK) != 0, "the copy of a directory is left behind");
  r = copy("/dev/zero", "copy", 0);
  CHECK(r == 0 && content("copy", got, sizeof got) == 0, "/dev/zero: %s", uv_err_name(r));

  in = open("/proc/version", O_RDONLY);
  out = open("sent", O_WRONLY | O_CREAT, 0600);
  r = uv_fs_sendfile(NULL, &req, out, in, 0, 1 << 16, NULL);
  uv_fs_req_cleanup(&req);
  n = content("/proc/version", want, sizeof want);
  CHECK(r == n, "uv_fs_sendfile sent %d of %d bytes", r, (int) n);
  return 0;
}
