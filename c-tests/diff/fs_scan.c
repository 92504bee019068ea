/* Scanning and reading directories: order, types, small arrays, the end and what
 * comes after it. */
#include "files.h"

static uv_loop_t loop;
static uv_fs_t req;

static void scan(const char *path, int stop_after) {
  uv_dirent_t ent;
  int r = uv_fs_scandir(NULL, &req, path, 0, NULL);
  say("scandir %s -> %s", path, name(r));
  while (stop_after-- != 0 && (r = uv_fs_scandir_next(&req, &ent)) == 0)
    say("  %s type %d", ent.name, ent.type);
  say("  next -> %s", name(r));
  if (r == UV_EOF) say("  and again -> %s", name(uv_fs_scandir_next(&req, &ent)));
  say("  ptr %s", req.ptr ? "set" : "null");
  uv_fs_req_cleanup(&req);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *) a, *(char *const *) b);
}

static void stream(int places) {
  uv_dirent_t dirents[4];
  char *names[64];
  uv_dir_t *dir;
  int r, i, n = 0, calls = 0;
  say("readdir with %d places", places);
  MUST(uv_fs_opendir(NULL, &req, "d", NULL));
  dir = req.ptr;
  say("  ptr after opendir %s", dir ? "set" : "null");
  uv_fs_req_cleanup(&req);
  dir->dirents = dirents;
  dir->nentries = (size_t) places;
  while ((r = uv_fs_readdir(NULL, &req, dir, NULL)) > 0) {
    calls++;
    for (i = 0; i < r; i++) names[n++] = strdup(dirents[i].name);
    uv_fs_req_cleanup(&req);
    say("  names are freed: %d", dirents[0].name == NULL);
  }
  say("  last -> %s, ptr %s", name(r), req.ptr == dir ? "dir" : "null");
  uv_fs_req_cleanup(&req);
  qsort(names, (size_t) n, sizeof *names, by_name);
  for (i = 0; i < n; i++) {
    say("  %s", names[i]);
    free(names[i]);
  }
  say("  %d calls", calls);
  SYNC(&req, uv_fs_closedir(NULL, &req, dir, NULL));
}

static void scanned(uv_fs_t *r) {
  uv_dirent_t ent;
  say("async scan: %s", name(r->result));
  while (uv_fs_scandir_next(r, &ent) == 0) say("  %s", ent.name);
  uv_fs_req_cleanup(r);
}

int main(void) {
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  SYS(mkdir("empty", 0700));
  SYS(mkdir("d", 0700));
  make_file("d/b", "");
  make_file("d/B", "");
  make_file("d/a b", "");
  make_file("d/\xc3\xa4", "");
  make_file("d/.hidden", "");
  make_file("d/..more", "");
  make_file("d/aa", "");
  SYS(mkdir("d/sub", 0700));
  SYS(symlink("nowhere", "d/link"));
  SYS(mkfifo("d/fifo", 0600));
  scan("empty", -1);
  scan("d", -1);
  scan("d", 2);
  scan("d", 0);
  scan("nowhere", -1);
  scan("d/b", -1);
  scan("/dev/null", 0);
  stream(1);
  stream(3);
  stream(0);
  MUST(uv_fs_scandir(&loop, &req, "d", 0, scanned));
  uv_run(&loop, UV_RUN_DEFAULT);
  leave_scratch();
  return finish(&loop);
}
