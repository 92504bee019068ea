/* The library is given an allocator of the program's own: everything it allocates
 * comes from there and goes back. */
#include "../scenario.h"

static _Atomic int live, calls;
static uv_fs_t req;
static uv_work_t work;
static uv_signal_t signal_;
static uv_timer_t timer;

/* These call what memory.c counts and refuses. */
static void *noted(void *start) {
  calls++;
  live += start != NULL;
  return start;
}

static void *allocate(size_t size) { return noted(memory_allocate(size)); }

static void *allocate_many(size_t count, size_t size) {
  void *start = noted(memory_allocate(count * size));
  return start ? memset(start, 0, count * size) : NULL;
}

static void *resize(void *old, size_t size) {
  void *start = memory_resize(old, size);
  calls++;
  live += !old && start;
  return start;
}

static void release(void *start) {
  live -= start != NULL;
  free(start);
}

static void job(uv_work_t *unused) { (void)unused; }

static void on_done(uv_work_t *done, int status) { came(done, status); }

static void on_scandir(uv_fs_t *done) {
  uv_dirent_t entry;
  int count = 0;
  if (came(done, done->result) >= 0)
    while (uv_fs_scandir_next(done, &entry) != UV_EOF) count++;
  CHECK(troubled() || count == 1, "%d entries", count);
  uv_fs_req_cleanup(done);
}

static void on_signal(uv_signal_t *handle, int signum) { (void)handle, (void)signum; }

static void on_timer(uv_timer_t *handle) {
  (void)handle;
  give_up();
}

void prepare(void) {
  if (mkdir("dir", 0755)) abort();
  close(open("dir/file", O_CREAT | O_WRONLY, 0644));
}

void scenario(void) {
  if (TRY(uv_replace_allocator(allocate, resize, allocate_many, release))) return;
  if (begin()) {
    if (TRY(uv_fs_scandir(&loop, &req, "dir", 0, on_scandir)) == 0) sent(&req, "uv_fs_scandir");
    else uv_fs_req_cleanup(&req);
    if (TRY(uv_queue_work(&loop, &work, job, on_done)) == 0) sent(&work, "uv_queue_work");
    if (TRY(uv_signal_init(&loop, &signal_)) ||
        TRY(uv_signal_start(&signal_, on_signal, SIGUSR1)) || TRY(uv_timer_init(&loop, &timer)) ||
        TRY(uv_timer_start(&timer, on_timer, 2, 0)))
      give_up();
    finish();
  }
  uv_library_shutdown();
  CHECK(live == 0, "%d blocks were not given back", live);
  CHECK(troubled() || calls, "nothing was asked of the allocator");
}
