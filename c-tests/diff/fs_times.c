/* Times: fractions, before 1970, now, left alone; of files, of links, of open files. */
#include "files.h"

static uv_fs_t req;

static void show_times(const char *path) {
  struct stat s;
  SYS(lstat(path, &s));
  if (s.st_atime > 1000000000) s.st_atime = s.st_atim.tv_nsec = -1;
  if (s.st_mtime > 1000000000) s.st_mtime = s.st_mtim.tv_nsec = -1;
  say("%s: %ld.%09ld %ld.%09ld", path, (long) s.st_atime, s.st_atim.tv_nsec,
      (long) s.st_mtime, s.st_mtim.tv_nsec);
}

int main(void) {
  uv_loop_t loop;
  int fd;
  uv_stat_t *st;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  make_file("f", "");
  SYS(symlink("f", "l"));
  SYNC(&req, uv_fs_utime(NULL, &req, "f", 100.25, 200.5, NULL));
  show_times("f");
  SYNC(&req, uv_fs_utime(NULL, &req, "f", -100.25, -0.5, NULL));
  show_times("f");
  SYNC(&req, uv_fs_utime(NULL, &req, "f", 0, 1.000000001, NULL));
  show_times("f");
  SYNC(&req, uv_fs_utime(NULL, &req, "f", UV_FS_UTIME_OMIT, 7, NULL));
  show_times("f");
  SYNC(&req, uv_fs_utime(NULL, &req, "f", UV_FS_UTIME_NOW, UV_FS_UTIME_OMIT, NULL));
  show_times("f");
  SYNC(&req, uv_fs_utime(NULL, &req, "f", -UV_FS_UTIME_NOW, 3, NULL));
  show_times("f");
  SYNC(&req, uv_fs_utime(NULL, &req, "l", 11, 12, NULL));
  show_times("f");
  SYNC(&req, uv_fs_lutime(NULL, &req, "l", 13, 14, NULL));
  show_times("l");
  show_times("f");
  SYS(fd = open("f", O_RDWR | O_CLOEXEC));
  SYNC(&req, uv_fs_futime(NULL, &req, fd, 15.75, UV_FS_UTIME_OMIT, NULL));
  show_times("f");
  MUST(uv_fs_fstat(NULL, &req, fd, NULL));
  st = uv_fs_get_statbuf(&req);
  say("stat: %ld.%09ld", (long) st->st_atim.tv_sec, (long) st->st_atim.tv_nsec);
  say("flags %lu, generation %lu", (unsigned long) st->st_flags,
      (unsigned long) st->st_gen);
  say("born: %d", st->st_birthtim.tv_sec > 1000000000);
  uv_fs_req_cleanup(&req);
  close(fd);
  leave_scratch();
  return finish(&loop);
}
