/* Every kind of handle is initialised, started where that needs nothing else, and
 * closed; the loop as well. */
#include "../scenario.h"

#include <sys/eventfd.h>

static union uv_any_handle handles[20];
static int count, event_fd = -1, terminal = -1, controller = -1;

void prepare(void) {
  event_fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
  controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (event_fd < 0 || controller < 0 || grantpt(controller) || unlockpt(controller)) abort();
  terminal = open(ptsname(controller), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) abort();
}

static void on_async(uv_async_t *handle) { (void)handle; }
static void on_idle(uv_idle_t *handle) { (void)handle, give_up(); }
static void on_poll(uv_poll_t *handle, int status, int events) {
  (void)handle;
  if (TRY(status) == 0) CHECK(events & UV_READABLE, "events %d", events);
  uv_poll_stop(handle);
}
static void on_timer(uv_timer_t *handle) { (void)handle; }
static void on_signal(uv_signal_t *handle, int signum) { (void)handle, (void)signum; }
static void on_event(uv_fs_event_t *handle, const char *name, int events, int status) {
  (void)handle, (void)name, (void)events;
  TRY(status);
}
static void on_fs_poll(uv_fs_poll_t *handle, int status, const uv_stat_t *before,
                       const uv_stat_t *after) {
  (void)handle, (void)before, (void)after;
  TRY(status);
}

/* uv_tty_init may make a descriptor of its own; ours then stays ours. */
static int tty_fd = -1;

static int tty(uv_tty_t *handle) {
  int width, height;
  tty_fd = quietly(dup(terminal));
  if (TRY(uv_tty_init(&loop, handle, tty_fd, 0)) ||
      TRY(uv_tty_set_mode(handle, UV_TTY_MODE_RAW)) ||
      TRY(uv_tty_get_winsize(handle, &width, &height)) || TRY(uv_tty_reset_mode()))
    return -1;
  return 0;
}

#define NEXT(type) (&handles[count++].type)
#define LAST(type) (&handles[count - 1].type)

static int start(void) {
  if (TRY(uv_async_init(&loop, NEXT(async), on_async)) || TRY(uv_async_send(LAST(async))) ||
      TRY(uv_timer_init(&loop, NEXT(timer))) ||
      TRY(uv_timer_start(LAST(timer), on_timer, 1000, 0)) ||
      TRY(uv_poll_init(&loop, NEXT(poll), event_fd)) ||
      TRY(uv_poll_start(LAST(poll), UV_READABLE, on_poll)) ||
      TRY(uv_tcp_init(&loop, NEXT(tcp))) || TRY(uv_tcp_init_ex(&loop, NEXT(tcp), AF_INET6)) ||
      TRY(uv_udp_init(&loop, NEXT(udp))) || TRY(uv_udp_init_ex(&loop, NEXT(udp), AF_INET)) ||
      TRY(uv_pipe_init(&loop, NEXT(pipe), 0)) || TRY(uv_pipe_init(&loop, NEXT(pipe), 1)) ||
      TRY(uv_check_init(&loop, NEXT(check))) || TRY(uv_prepare_init(&loop, NEXT(prepare))) ||
      TRY(uv_signal_init(&loop, NEXT(signal))) ||
      TRY(uv_signal_start(LAST(signal), on_signal, SIGUSR1)) ||
      TRY(uv_fs_event_init(&loop, NEXT(fs_event))) ||
      TRY(uv_fs_event_start(LAST(fs_event), on_event, ".", 0)) ||
      TRY(uv_fs_poll_init(&loop, NEXT(fs_poll))) ||
      TRY(uv_fs_poll_start(LAST(fs_poll), on_fs_poll, ".", 1000)) || tty(NEXT(tty)))
    return -1;
  if (TRY(uv_idle_init(&loop, NEXT(idle))) || TRY(uv_idle_start(LAST(idle), on_idle))) return -1;
  return 0;
}

void scenario(void) {
  if (!begin()) return;
  if (TRY(uv_loop_configure(&loop, UV_METRICS_IDLE_TIME)) || start()) give_up();
  finish();
  page->quiet = 1;
  if (tty_fd >= 0) close(tty_fd);
  close(event_fd);
  close(terminal);
  close(controller);
  page->quiet = 0;
}
