/* Files that are in the page cache, n requests in flight, in a directory that is made
 * for them (below TMPDIR) and removed at the end. An operation is one read, one open
 * and close, or one stat. */
#include "common.h"
#include <fcntl.h>
#include <uv.h>

enum { FILES = 64, BLOCK = 4096, BLOCKS = 64 };

static uv_loop_t loop;
static uint64_t done;
static char paths[FILES][64];
static uv_file shared = -1;

struct slot {
  uv_fs_t req;
  size_t turn;
  char space[BLOCK];
};

static void next_read(struct slot *s);
static void next_open(struct slot *s);
static void next_stat(struct slot *s);
static void (*next)(struct slot *);

static void finish(uv_fs_t *req) {
  uv_fs_req_cleanup(req);
  if (++done % 32 == 0 && bench_over())
    bench_deadline = 1;
  if (bench_deadline != 1)
    next((struct slot *)req);
}

static void on_read(uv_fs_t *req) {
  if (req->result != BLOCK)
    exit((fprintf(stderr, "read gave %ld\n", (long)req->result), 1));
  finish(req);
}

static void next_read(struct slot *s) {
  uv_buf_t b = uv_buf_init(s->space, BLOCK);
  int64_t at = (int64_t)(s->turn++ % BLOCKS) * BLOCK;
  BENCH_OK(uv_fs_read(&loop, &s->req, shared, &b, 1, at, on_read));
}

static void on_close(uv_fs_t *req) {
  BENCH_OK(req->result);
  finish(req);
}

static void on_open(uv_fs_t *req) {
  uv_file fd = (uv_file)req->result;
  BENCH_OK(fd);
  uv_fs_req_cleanup(req);
  BENCH_OK(uv_fs_close(&loop, req, fd, on_close));
}

static void next_open(struct slot *s) {
  BENCH_OK(uv_fs_open(&loop, &s->req, paths[s->turn++ % FILES], O_RDONLY, 0, on_open));
}

static void on_stat(uv_fs_t *req) {
  BENCH_OK(req->result);
  if (req->statbuf.st_size != BLOCK)
    exit((fprintf(stderr, "wrong size\n"), 1));
  finish(req);
}

static void next_stat(struct slot *s) {
  BENCH_OK(uv_fs_stat(&loop, &s->req, paths[s->turn++ % FILES], on_stat));
}

static int make_file(const char *path, int blocks) {
  char block[BLOCK];
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  BENCH_OK(fd);
  memset(block, 'x', sizeof block);
  while (blocks--)
    BENCH_OK(write(fd, block, sizeof block));
  return fd;
}

static void make_files(char *dir) {
  BENCH_OK(mkdtemp(dir) && !chdir(dir) ? 0 : -1);
  for (int i = 0; i < FILES; i++) {
    snprintf(paths[i], sizeof paths[i], "file-%d", i);
    close(make_file(paths[i], 1));
  }
  shared = make_file("blocks", BLOCKS);
}

static void remove_files(const char *dir) {
  for (int i = 0; i < FILES; i++)
    BENCH_OK(unlink(paths[i]));
  BENCH_OK(unlink("blocks"));
  BENCH_OK(rmdir(dir));
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  size_t n = bench_num(argv, "n", 1);
  struct slot *slots = bench_alloc(n, sizeof *slots);
  char dir[4096];
  size_t length = sizeof dir - sizeof "/uv-bench-XXXXXX";
  bench_init();
  if (!strcmp(mode, "read"))
    next = next_read;
  else if (!strcmp(mode, "open"))
    next = next_open;
  else if (!strcmp(mode, "stat"))
    next = next_stat;
  else
    return fprintf(stderr, "usage: fs read|open|stat [n=N]\n"), 2;
  BENCH_OK(uv_loop_init(&loop));
  BENCH_OK(uv_os_tmpdir(dir, &length));
  strcat(dir, "/uv-bench-XXXXXX");
  make_files(dir);
  bench_begin();
  for (size_t i = 0; i < n; i++) {
    slots[i].turn = i;
    next(&slots[i]);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  bench_end(mode, done);
  remove_files(dir);
  return 0;
}
