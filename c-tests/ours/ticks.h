/* A loop on which a timer of 2 ms shows how long the loop stood still, and one
 * file system request at a time.
 */
#ifndef TICKS_H
#define TICKS_H
#include "check.h"

/* What the requests would have to wait for takes so long... */
#define SLOW_MS 500
/* ...and a loop that stands still for so long has waited for it. It may stand still for
 * less on a machine that has other things to do. */
#define LIMIT_MS 450

static uv_loop_t *loop;
static uv_timer_t ticker_;
static double last_tick_, worst_tick;
static int long_ticks;

static inline void take_tick_(void) {
  double now = clock_ms(CLOCK_MONOTONIC), gap = now - last_tick_;
  last_tick_ = now;
  if (gap > worst_tick) worst_tick = gap;
  if (gap > LIMIT_MS) long_ticks++;
}

static inline void on_tick_(uv_timer_t *t) {
  (void)t;
  take_tick_();
}

static inline void begin_ticks(void) {
  loop = uv_default_loop();
  uv_timer_init(loop, &ticker_);
  uv_unref((uv_handle_t *)&ticker_);
  uv_timer_start(&ticker_, on_tick_, 2, 2);
  worst_tick = 0;
  long_ticks = 0;
}

static uv_fs_t req_;
static int over_;

static inline void on_over_(uv_fs_t *r) {
  (void)r;
  over_ = 1;
}

/* Runs the loop until the request is over; its result. */
static inline ssize_t await_(int started) {
  CHECK(started == 0, "a request fails: %s", uv_strerror(started));
  while (!over_) uv_run(loop, UV_RUN_ONCE);
  take_tick_();
  ssize_t result = req_.result;
  uv_fs_req_cleanup(&req_);
  return result;
}

#define AWAIT_(call)                                                          \
  (over_ = 0, last_tick_ = clock_ms(CLOCK_MONOTONIC), await_(call))

static inline ssize_t open_async(const char *path) {
  return AWAIT_(uv_fs_open(loop, &req_, path, O_RDONLY, 0, on_over_));
}
static inline ssize_t read_async(int fd, char *to, unsigned n, int64_t at) {
  uv_buf_t buf = uv_buf_init(to, n);
  return AWAIT_(uv_fs_read(loop, &req_, fd, &buf, 1, at, on_over_));
}
static inline ssize_t close_async(int fd) {
  return AWAIT_(uv_fs_close(loop, &req_, fd, on_over_));
}
static inline ssize_t fstat_async(int fd) {
  return AWAIT_(uv_fs_fstat(loop, &req_, fd, on_over_));
}
static inline ssize_t stat_async(const char *path) {
  return AWAIT_(uv_fs_stat(loop, &req_, path, on_over_));
}

/* Everything with one file, without a pause in between. */
static inline void use_file(const char *path) {
  char text[16];
  CHECK(stat_async(path) == 0, "stat of %s fails", path);
  ssize_t fd = open_async(path);
  CHECK(fd >= 0, "open of %s fails: %s", path, uv_strerror((int)fd));
  CHECK(fstat_async((int)fd) == 0, "fstat of %s fails", path);
  CHECK(read_async((int)fd, text, sizeof text, -1) == 5, "not what was read");
  CHECK(read_async((int)fd, text, sizeof text, 0) == 5, "not what was read");
  CHECK(close_async((int)fd) == 0, "close of %s fails", path);
}

/* Many times, so that whatever is done differently after a while is done so by now. */
static inline void warm_up(const char *path) {
  for (int i = 0; i < 300; i++) use_file(path);
}

/* A mount of our own at `path`, of the file system that it is on. */
static inline void own_mount(const char *path) {
  if (mkdir(path, 0755) && errno != EEXIST) SKIP("mkdir: %s", strerror(errno));
  if (mount(path, path, NULL, MS_BIND, NULL))
    SKIP("no bind mount: %s", strerror(errno));
}

/* A tmpfs of our own at `path`. */
static inline void own_tmpfs(const char *path) {
  if (mkdir(path, 0755) && errno != EEXIST) SKIP("mkdir: %s", strerror(errno));
  if (mount("tmpfs", path, "tmpfs", 0, "size=8m"))
    SKIP("no tmpfs: %s", strerror(errno));
}

#define NO_WAIT(what)                                                         \
  CHECK(long_ticks == 0, "%s: the loop stood still for %.0f ms", what,        \
        worst_tick)
#endif
