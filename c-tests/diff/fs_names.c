/* Names come and go, are files, folders, links and fifos in turn, and many are asked for at
 * a time: each answer is that of a plain call, whatever was found there a moment ago. */
#include "files.h"

enum { ROUNDS = 1000, MOST = 40, KINDS = 3 };

static const char *const paths[] = {"a", "b", "d", "d/a", "d/b", "l", "d/l", "a/x",
                                    "d/e", "d/e/f", "l/a", "p"};
static uv_loop_t loop;
static uv_fs_t requests[MOST];
static struct answer {
  int error;
  mode_t mode;
  ino_t inode;
} expected[MOST];
static unsigned seed = 7;
static int called, absent;

static int number(int n) {
  seed = seed * 1664525u + 1013904223u;
  return (int) ((seed >> 10) % (unsigned) n);
}
static const char *any(void) { return paths[number(COUNT(paths))]; }

/* Some of it is not possible, which is all right. */
static int change(void) {
  const char *path = any();
  int fd;
  switch (number(7)) {
  case 0: return unlink(path);
  case 1: return mkdir(path, 0700);
  case 2: return rmdir(path);
  case 3: return symlink(number(2) ? "a" : "d", path);
  case 4: return mkfifo(path, 0600);
  case 5: return rename(path, any());
  }
  fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NONBLOCK, 0600);
  return fd < 0 ? fd : close(fd);
}

static void done(uv_fs_t *r) {
  const struct answer *is = &expected[r - requests];
  int right;
  if (r->fs_type == UV_FS_OPEN) {
    right = r->result < 0 ? r->result == is->error : !is->error;
    if (r->result >= 0) close((int) r->result);
  } else {
    right = r->result == is->error && (r->result || (r->statbuf.st_mode == is->mode &&
                                                     r->statbuf.st_ino == is->inode));
  }
  if (!right) say("%s, type %d: not %s", r->path, r->fs_type, name(r->result));
  called++;
  absent += is->error == UV_ENOENT || is->error == UV_ENOTDIR;
  uv_fs_req_cleanup(r);
}

static void ask(int at) {
  const char *path = any();
  struct answer *is = &expected[at];
  struct stat st = {0};
  int kind = number(KINDS);
  int fails = kind == 1 ? lstat(path, &st) : stat(path, &st);
  is->error = fails ? -errno : 0;
  is->mode = st.st_mode;
  is->inode = st.st_ino;
  /* Opening a fifo would wait. */
  if (kind == 2 && S_ISFIFO(st.st_mode)) kind = 0;
  switch (kind) {
  case 0: MUST(uv_fs_stat(&loop, &requests[at], path, done)); break;
  case 1: MUST(uv_fs_lstat(&loop, &requests[at], path, done)); break;
  case 2: MUST(uv_fs_open(&loop, &requests[at], path, O_RDONLY, 0, done));
  }
}

int main(void) {
  int round, i, n;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  for (round = 0; round < ROUNDS; round++) {
    for (i = number(4); i > 0; i--) (void) change();
    n = 1 + number(number(5) ? 4 : MOST);
    for (i = 0; i < n; i++) ask(i);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  say("%d called back, of which %d found nothing", called, absent);
  leave_scratch();
  return finish(&loop);
}
