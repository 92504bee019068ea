/* Handles of each kind that are stopped and initialised again in the same memory, as another
 * kind or as the same, without uv_close(), from a callback of their own phase, while they
 * would have been the next to be called.
 *
 * libuv 1.53.0: works, but for fs_poll handles, where it fails an assertion or follows a null
 *   pointer (and but for the list of all handles: no uv_walk() or uv_loop_close() here).
 * right: no handle is called that was not started since; all others are called; the loop
 *   ends when nothing is active.
 */
#include "check.h"

enum { MANY = 100, TURNS = 6 };

static uv_loop_t loop;

typedef union {
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_poll_t poll;
  uv_fs_poll_t fs_poll;
  uv_fs_event_t event;
  uv_timer_t timer;
} memory;

static memory handles[MANY];
static int calls[MANY], turn, fds[MANY][2], again;

static int of(void *handle) { return (int) ((memory *) handle - handles); }

static void never(uv_timer_t *t) { FAULT("handle %d is called as the timer it is not", of(t)); }

/* Every third handle stops all that come behind it in either order, makes them timers, then
 * what they were, and starts every second one. */
#define KIND(kind)                                                                      \
  static void on_##kind(uv_##kind##_t *h);                                              \
  static void remake_##kind(int i) {                                                    \
    CHECK(uv_##kind##_stop(&handles[i].kind) == 0, #kind " stop");                      \
    memset(&handles[i], 0, sizeof handles[i]);                                          \
    uv_timer_init(&loop, &handles[i].timer);                                            \
    uv_timer_start(&handles[i].timer, never, 100000, 0);                                \
    uv_timer_stop(&handles[i].timer);                                                   \
    memset(&handles[i], 0x5a, sizeof handles[i]);                                       \
    uv_##kind##_init(&loop, &handles[i].kind);                                          \
    calls[i] = 0;                                                                       \
    if (i % 2) CHECK(uv_##kind##_start(&handles[i].kind, on_##kind) == 0, #kind);       \
    else calls[i] = -1;                                                                 \
  }                                                                                     \
  static void on_##kind(uv_##kind##_t *h) {                                             \
    int i = of(h), n;                                                                   \
    CHECK(calls[i] >= 0, #kind " %d is called though it is stopped", i);                \
    calls[i]++;                                                                         \
    if (turn == 3 && again++ < 3)                                                       \
      for (n = 1; n < 20; n++) {                                                        \
        remake_##kind((i + n) % MANY);                                                  \
        remake_##kind((i + MANY - n) % MANY);                                           \
      }                                                                                 \
  }                                                                                     \
  static void phase_of_##kind(void) {                                                   \
    int i, started = 0;                                                                 \
    again = 0;                                                                          \
    for (i = 0; i < MANY; i++) {                                                        \
      calls[i] = 0;                                                                     \
      uv_##kind##_init(&loop, &handles[i].kind);                                        \
      CHECK(uv_##kind##_start(&handles[i].kind, on_##kind) == 0, #kind);                \
    }                                                                                   \
    for (turn = 0; turn < TURNS; turn++) {                                              \
      CHECK(uv_run(&loop, UV_RUN_NOWAIT), "the loop is not alive");                     \
      for (i = 0; i < MANY; i++)                                                        \
        CHECK(turn == 3 || calls[i] != 0, #kind " %d is not called", i);                \
    }                                                                                   \
    for (i = 0; i < MANY; i++) {                                                        \
      started += calls[i] > 0;                                                          \
      uv_##kind##_stop(&handles[i].kind);                                               \
    }                                                                                   \
    CHECK(started > 10 && started < MANY, "%d " #kind " handles are left", started);    \
    CHECK(!uv_run(&loop, UV_RUN_DEFAULT), "the loop is alive without handles");         \
  }

KIND(idle)
KIND(prepare)
KIND(check)

static void on_poll(uv_poll_t *h, int status, int events) {
  int i = of(h), n;
  CHECK(status == 0 && events == UV_WRITABLE, "poll %d: %d, %d", i, status, events);
  CHECK(calls[i] >= 0, "poll %d is called though it is stopped", i);
  calls[i]++;
  if (turn != 3 || again++ >= 3) return;
  for (n = 0; n < MANY; n++) {
    if (n == i) continue;
    CHECK(uv_poll_stop(&handles[n].poll) == 0, "uv_poll_stop");
    memset(&handles[n], 0x5a, sizeof handles[n]);
    CHECK(uv_poll_init(&loop, &handles[n].poll, fds[n][1]) == 0, "uv_poll_init");
    calls[n] = n % 2 ? 0 : -1;
    if (n % 2) uv_poll_start(&handles[n].poll, UV_WRITABLE, on_poll);
  }
}

static void polls(void) {
  int i;
  again = 0;
  for (i = 0; i < MANY; i++) {
    CHECK(pipe2(fds[i], O_CLOEXEC) == 0, "pipe2");
    calls[i] = 0;
    CHECK(uv_poll_init(&loop, &handles[i].poll, fds[i][1]) == 0, "uv_poll_init");
    uv_poll_start(&handles[i].poll, UV_WRITABLE, on_poll);
  }
  for (turn = 0; turn < TURNS; turn++) uv_run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < MANY; i++) {
    CHECK(calls[i] != 0, "poll %d is not called", i);
    uv_poll_stop(&handles[i].poll);
    close(fds[i][0]);
    close(fds[i][1]);
  }
  CHECK(!uv_run(&loop, UV_RUN_DEFAULT), "the loop is alive without handles");
}

static void on_event(uv_fs_event_t *h, const char *name, int events, int status) {
  int i = of(h);
  (void) name, (void) events;
  CHECK(status == 0 && calls[i] >= 0, "fs_event %d is called though it is stopped", i);
  calls[i]++;
  for (i = 1; i < 4; i++) {
    if (calls[i] < 0 || again) continue;
    uv_fs_event_stop(&handles[i].event);
    memset(&handles[i], 0x5a, sizeof handles[i]);
    uv_fs_event_init(&loop, &handles[i].event);
    calls[i] = -1;
  }
  again = 1;
}

static void events(void) {
  int i;
  again = 0;
  memset(handles, 0, sizeof handles);
  for (i = 0; i < 8; i++) {
    calls[i] = 0;
    uv_fs_event_init(&loop, &handles[i].event);
    CHECK(uv_fs_event_start(&handles[i].event, on_event, ".", 0) == 0, "uv_fs_event_start");
  }
  put_file("file", "x");
  for (i = 0; i < TURNS; i++) uv_run(&loop, UV_RUN_NOWAIT);
  for (i = 0; i < 8; i++) {
    CHECK(calls[i] != 0, "fs_event %d is not called", i);
    uv_fs_event_stop(&handles[i].event);
  }
  CHECK(!uv_run(&loop, UV_RUN_DEFAULT), "the loop is alive without handles");
}

static void on_change(uv_fs_poll_t *h, int status, const uv_stat_t *before, const uv_stat_t *now) {
  (void) status, (void) before, (void) now;
  calls[of(h)]++;
}

/* Stopped while its request is under way, and while it waits for the next look. */
static void fs_polls(void) {
  int i, round;
  memset(handles, 0, sizeof handles);
  memset(calls, 0, sizeof calls);
  for (round = 0; round < 20; round++) {
    for (i = 0; i < 4; i++) {
      if (round > 0) {
        uv_fs_poll_stop(&handles[i].fs_poll);
        if (i % 2) memset(&handles[i], 0x5a, sizeof handles[i]);
      }
      uv_fs_poll_init(&loop, &handles[i].fs_poll);
      CHECK(uv_fs_poll_start(&handles[i].fs_poll, on_change, "file", 10) == 0, "uv_fs_poll_start");
    }
    for (i = round % 4; i > 0; i--) uv_run(&loop, UV_RUN_NOWAIT);
    if (round % 5 == 4) usleep(15000);
  }
  put_file("file", "more");
  for (i = 0; i < 500 && !(calls[0] && calls[1] && calls[2] && calls[3]); i++) {
    usleep(5000);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  for (i = 0; i < 4; i++) {
    CHECK(calls[i] > 0, "fs_poll %d sees nothing", i);
    uv_fs_poll_stop(&handles[i].fs_poll);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  deadline(20, "uv_run does not end");
  scratch();
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init");
  phase_of_idle();
  phase_of_prepare();
  phase_of_check();
  polls();
  events();
  fs_polls();
  leave_(0);
}
