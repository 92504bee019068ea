/* Starts and stops watching a directory and a path that is not there. */
#include "rounds.h"

static uv_fs_event_t watcher, other;

static void on_event(uv_fs_event_t* handle, const char* name, int events, int status) {
  (void) handle, (void) name, (void) events, (void) status;
}

static void set_up(uv_loop_t* loop) {
  CHECK(uv_fs_event_init(loop, &other) == 0);
}

static void one_round(uv_loop_t* loop) {
  CHECK(uv_fs_event_init(loop, &watcher) == 0);
  CHECK(uv_fs_event_start(&watcher, on_event, "/", 0) == 0);
  CHECK(uv_fs_event_start(&other, on_event, "/proc", 0) == 0);
  CHECK(uv_fs_event_stop(&other) == 0);
  CHECK(uv_fs_event_start(&other, on_event, "/nonexistent", 0) == UV_ENOENT);
  CHECK(uv_fs_event_stop(&watcher) == 0);
  uv_close((uv_handle_t*) &watcher, NULL);
  CHECK(uv_run(loop, UV_RUN_DEFAULT) == 0);
}
