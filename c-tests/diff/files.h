/* What the differential programs about files and the thread pool share. */
#ifndef FILES_H
#define FILES_H

#include "trace.h"

#include <sys/stat.h>

/* A fresh directory to work in, and out of it. */
static char scratch_dir[TEMPORARY];

HELPER void enter_scratch(void) {
  temporary_dir(scratch_dir);
  SYS(chdir(scratch_dir));
}

HELPER void leave_scratch(void) {
  char command[sizeof scratch_dir + 16];
  SYS(chdir("/"));
  snprintf(command, sizeof command, "rm -rf '%s'", scratch_dir);
  SYS(system(command));
}

/* A path below the scratch directory, its random part left out. */
HELPER const char *below(const char *path) {
  size_t n = strlen(scratch_dir);
  if (path && !strncmp(path, scratch_dir, n)) return path[n] ? path + n + 1 : ".";
  return path ? path : "(null)";
}

HELPER void make_file(const char *path, const char *text) {
  FILE *f = fopen(path, "we");
  if (!f) broken(path);
  fputs(text, f);
  fclose(f);
}

HELPER void show_file(const char *path) {
  char text[128];
  FILE *f = fopen(path, "re");
  size_t n;
  if (!f) {
    say("%s: %s", path, name(-errno));
    return;
  }
  n = fread(text, 1, sizeof text - 1, f);
  text[n] = 0;
  fclose(f);
  say("%s holds \"%s\"", path, text);
}

/* Make a synchronous request and trace its outcome. */
#define SYNC(req, call)                                                        \
  do {                                                                         \
    int sync_ = (call);                                                        \
    say("%s -> %s, result %s", #call, name(sync_), name((req)->result));       \
    uv_fs_req_cleanup(req);                                                    \
  } while (0)

/* Keep the only thread of a pool busy until let_go() is called. */
static uv_sem_t gate, entered;

HELPER void wait_at_gate(uv_work_t *req) {
  (void) req;
  uv_sem_post(&entered);
  uv_sem_wait(&gate);
}

HELPER void one_thread(void) {
  SYS(setenv("UV_THREADPOOL_SIZE", "1", 1));
}

HELPER void block_pool(uv_loop_t *loop, uv_work_t *req) {
  MUST(uv_sem_init(&gate, 0));
  MUST(uv_sem_init(&entered, 0));
  MUST(uv_queue_work(loop, req, wait_at_gate, NULL));
  uv_sem_wait(&entered);
}

HELPER void let_go(void) {
  uv_sem_post(&gate);
}

#endif
