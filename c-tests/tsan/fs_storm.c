/* Two loops on threads of their own work on files, many requests at a time, some of
 * them cancelled; buffers are plain memory that the pool's threads write. */
#include "trace.h"

enum { LOOPS = 2, FILES = 12, ROUNDS = 60 };

struct side {
  uv_loop_t loop;
  char dir[TEMPORARY];
  int finished;
};
struct file {
  uv_fs_t req;
  struct side *side;
  char path[TEMPORARY + 16], bytes[512];
  int fd, round, number;
};

static void step(struct file *file);

static void done(uv_fs_t *req) {
  struct file *file = (struct file *) req;
  ssize_t result = req->result;
  uv_fs_type type = uv_fs_get_type(req);
  if (type == UV_FS_OPEN && result >= 0) file->fd = (int) result;
  if (type == UV_FS_CLOSE && result == 0) file->fd = -1;
  if (type == UV_FS_READ && result == (ssize_t) sizeof(file->bytes) &&
      file->bytes[result - 1] != 'a' + file->number) {
    say("file %d holds %d", file->number, file->bytes[result - 1]);
    exit(1);
  }
  if (type == UV_FS_SCANDIR) {
    uv_dirent_t entry;
    while (uv_fs_scandir_next(req, &entry) == 0) file->side->finished += !entry.name[0];
  }
  uv_fs_req_cleanup(req);
  step(file);
}
static void step(struct file *file) {
  uv_loop_t *loop = &file->side->loop;
  uv_fs_t *req = &file->req;
  uv_buf_t buf = uv_buf_init(file->bytes, sizeof(file->bytes));
  int what = file->round++;
  if (what == ROUNDS) {
    file->side->finished++;
    if (file->fd >= 0) close(file->fd);
    return;
  }
  if (file->fd < 0 && what % 7 != 5) {
    MUST(uv_fs_open(loop, req, file->path, O_RDWR | O_CREAT, 0600, done));
    return;
  }
  memset(file->bytes, 'a' + file->number, sizeof(file->bytes));
  switch (what % 7) {
  case 1: MUST(uv_fs_write(loop, req, file->fd, &buf, 1, 0, done)); break;
  case 2: MUST(uv_fs_read(loop, req, file->fd, &buf, 1, 0, done)); break;
  case 3: MUST(uv_fs_fsync(loop, req, file->fd, done)); break;
  case 4: MUST(uv_fs_stat(loop, req, file->path, done)); break;
  case 5: MUST(uv_fs_scandir(loop, req, file->side->dir, 0, done)); break;
  case 6: MUST(uv_fs_close(loop, req, file->fd, done)); break;
  default: MUST(uv_fs_fstat(loop, req, file->fd, done));
  }
  /* Not the close, whose descriptor would stay open. EBUSY is an answer, too. */
  if (what % 7 != 6 && (what + file->number) % 4 == 0) uv_cancel((uv_req_t *) req);
}
static void runner(void *arg) {
  struct side *side = arg;
  struct file *files = calloc(FILES, sizeof(*files));
  int i;
  if (files == NULL) broken("calloc");
  MUST(uv_loop_init(&side->loop));
  for (i = 0; i < FILES; i++) {
    files[i].side = side;
    files[i].fd = -1;
    files[i].number = i;
    snprintf(files[i].path, sizeof(files[i].path), "%s/%d", side->dir, i);
    step(&files[i]);
  }
  run(&side->loop, UV_RUN_DEFAULT);
  MUST(uv_loop_close(&side->loop));
  for (i = 0; i < FILES; i++) unlink(files[i].path);
  free(files);
  rmdir(side->dir);
}

int main(void) {
  static struct side sides[LOOPS];
  uv_thread_t threads[LOOPS];
  int k, finished = 0;
  begin();
  for (k = 0; k < LOOPS; k++) {
    temporary_dir(sides[k].dir);
    MUST(uv_thread_create(&threads[k], runner, &sides[k]));
  }
  for (k = 0; k < LOOPS; k++) {
    MUST(uv_thread_join(&threads[k]));
    finished += sides[k].finished;
  }
  say("files that were gone through: %d of %d", finished, LOOPS * FILES);
  return finished != LOOPS * FILES;
}
