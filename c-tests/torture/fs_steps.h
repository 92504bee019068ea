/* File operations one after the other, each checked; on the calling thread or
 * through the loop. Included by two scenarios. */
#include "scenario.h"

static uv_fs_t req;
static uv_fs_cb callback; /* NULL: on the calling thread */
static uv_file file = -1, other = -1;
static uv_dir_t *dir;
static uv_dirent_t entries[8];
static char read_back[32];
static int next_step;

static const char text[] = "what the file holds";
enum { LENGTH = sizeof text - 1 };

static void check_size(uint64_t size) {
  CHECK(req.statbuf.st_size == size, "st_size is %d and not %d", (int)req.statbuf.st_size,
        (int)size);
}

static void check_name(const char *name) {
  CHECK(!strcmp(name, "copy") || !strcmp(name, "file") || !strcmp(name, "hard") ||
            !strcmp(name, "soft"),
        "the entry %s", name);
}

static void check_copy(void) {
  char bytes[32];
  int fd = open("dir/copy", O_RDONLY);
  if (fd < 0 && errno == EMFILE) return;
  CHECK(fd >= 0 && read(fd, bytes, sizeof bytes) == LENGTH && !memcmp(bytes, text, LENGTH),
        "what was copied");
  close(fd);
}

static void check_scandir(void) {
  uv_dirent_t entry;
  int count = 0, result;
  while ((result = uv_fs_scandir_next(&req, &entry)) == 0) {
    check_name(entry.name);
    count++;
  }
  CHECK(result == UV_EOF && count == 4, "%d entries by scandir", count);
}

static void check_readdir(void) {
  CHECK(req.result == 4, "%d entries by readdir", (int)req.result);
  for (int i = 0; i < 4; i++) check_name(entries[i].name);
}

/* The steps: each with a check of what it did, made where the step succeeded. */
#define STEPS(X)                                                                        \
  X(mkdir, mkdir, (L, &req, "dir", 0755, C), (void)0)                                          \
  X(open, open, (L, &req, "dir/file", O_CREAT | O_RDWR, 0644, C), file = (uv_file)req.result) \
  X(write, write, (L, &req, file, bufs, 2, -1, C), CHECK(req.result == LENGTH, "written"))     \
  X(read, read, (L, &req, file, &into, 1, 0, C),                                              \
    CHECK(req.result == LENGTH && !memcmp(read_back, text, LENGTH), "read back"))       \
  X(fstat, fstat, (L, &req, file, C), check_size(LENGTH))                                      \
  X(fsync, fsync, (L, &req, file, C), (void)0)                                                 \
  X(fdatasync, fdatasync, (L, &req, file, C), (void)0)                                             \
  X(futime, futime, (L, &req, file, 100, 200, C), (void)0)                                      \
  X(fchmod, fchmod, (L, &req, file, 0600, C), (void)0)                                          \
  X(fchown, fchown, (L, &req, file, getuid(), getgid(), C), (void)0)                            \
  X(close, close, (L, &req, file, C), file = -1)                                               \
  X(stat, stat, (L, &req, "dir/file", C), check_size(LENGTH);                                 \
    CHECK(req.statbuf.st_mtim.tv_sec == 200, "st_mtim"))                                \
  X(lstat, lstat, (L, &req, "dir/file", C), check_size(LENGTH))                                \
  X(statfs, statfs, (L, &req, "dir", C), CHECK(req.ptr, "no statfs"))                           \
  X(access, access, (L, &req, "dir/file", R_OK, C), (void)0)                                    \
  X(chmod, chmod, (L, &req, "dir/file", 0644, C), (void)0)                                     \
  X(chown, chown, (L, &req, "dir/file", getuid(), getgid(), C), (void)0)                       \
  X(lchown, lchown, (L, &req, "dir/file", getuid(), getgid(), C), (void)0)                      \
  X(utime, utime, (L, &req, "dir/file", 300, 400, C), (void)0)                                 \
  X(lutime, lutime, (L, &req, "dir/file", 300, 400, C), (void)0)                                \
  X(link, link, (L, &req, "dir/file", "dir/hard", C), (void)0)                                \
  X(symlink, symlink, (L, &req, "file", "dir/soft", 0, C), (void)0)                              \
  X(readlink, readlink, (L, &req, "dir/soft", C), CHECK(!strcmp(req.ptr, "file"), "a link"))      \
  X(realpath, realpath, (L, &req, "dir/soft", C),                                                 \
    CHECK(strstr(req.ptr, "/dir/file"), "a path %s", (char *)req.ptr))                  \
  X(copyfile, copyfile, (L, &req, "dir/file", "dir/copy", 0, C), check_copy())                    \
  X(scandir, scandir, (L, &req, "dir", 0, C), check_scandir())                                   \
  X(opendir, opendir, (L, &req, "dir", C), dir = req.ptr; dir->dirents = entries;                \
    dir->nentries = 8)                                                                  \
  X(readdir, readdir, (L, &req, dir, C), check_readdir())                                        \
  X(closedir, closedir, (L, &req, dir, C), dir = NULL)                                            \
  X(rename, rename, (L, &req, "dir/hard", "dir/moved", C), (void)0)                             \
  X(unlink, unlink, (L, &req, "dir/moved", C), CHECK(access("dir/moved", F_OK), "it is there")) \
  X(mkdtemp, mkdtemp, (L, &req, "tempXXXXXX", C),                                                \
    CHECK(strlen(req.path) == 10 && !access(req.path, F_OK), "made %s", req.path))      \
  X(mkstemp, mkstemp, (L, &req, "fileXXXXXX", C), other = (uv_file)req.result;                   \
    CHECK(strlen(req.path) == 10 && !access(req.path, F_OK), "made %s", req.path))      \
  X(open_copy, open, (L, &req, "dir/copy", O_RDONLY, 0, C), file = (uv_file)req.result)            \
  X(sendfile, sendfile, (L, &req, other, file, 0, LENGTH, C),                                     \
    CHECK(req.result == LENGTH, "sent %d", (int)req.result))                            \
  X(ftruncate, ftruncate, (L, &req, other, 4, C), (void)0)                                         \
  X(fstat_other, fstat, (L, &req, other, C), check_size(4))                                          \
  X(close_other, close, (L, &req, other, C), other = -1)                                             \
  X(close_file, close, (L, &req, file, C), file = -1)                                               \
  X(rmdir, rmdir, (L, &req, "dir", C), WRONG("a directory that is not empty is gone"))

#define L &loop
#define C callback


#define NUMBER(label, name, arguments, check) STEP_##label,
#define NAME(label, name, arguments, check) "uv_fs_" #name,
#define ISSUE(label, name, arguments, check) \
  case STEP_##label:                         \
    return uv_fs_##name arguments;
#define VERIFY(label, name, arguments, check) \
  case STEP_##label:                          \
    check;                                    \
    return;

enum { STEPS(NUMBER) STEP_END };
static const char *const names[] = {STEPS(NAME)};

static int issue(int step) {
  uv_buf_t bufs[2] = {{(char *)text, 5}, {(char *)text + 5, LENGTH - 5}};
  uv_buf_t into = {read_back, sizeof read_back};
  switch (step) { STEPS(ISSUE) }
  abort();
}

static void verify(int step) {
  page->quiet = 1;
  switch (step) { STEPS(VERIFY) }
}

/* Takes a step's result in; tells whether to go on with the next. */
static int taken(int status) {
  int step = next_step++, go_on = status >= 0;
  if (step == STEP_rmdir && status == UV_ENOTEMPTY) {
    go_on = 0;
  } else if (go_on) {
    verify(step);
    page->quiet = 0;
  } else {
    tried(status, names[step]);
  }
  uv_fs_req_cleanup(&req);
  return go_on && next_step < STEP_END;
}

/* After an error the scenario closes what it has, by calls that do not fail. A
 * descriptor whose uv_fs_close reported an error is closed. */
static void clean_up(void) {
  page->quiet = 1;
  int failed = next_step - 1;
  if (failed == STEP_close || failed == STEP_close_file) file = -1;
  if (failed == STEP_close_other) other = -1;
  if (file >= 0) close(file);
  if (other >= 0) close(other);
  if (dir) uv_fs_closedir(NULL, &req, dir, NULL);
  uv_fs_req_cleanup(&req);
  page->quiet = 0;
}
