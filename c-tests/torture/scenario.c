/* What scenario.h offers, and the frame in which a scenario runs. */
#include "scenario.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>

uv_loop_t loop;

static int given_up;
static int closing;

__attribute__((weak)) void prepare(void) {}

/* Ends the run: the library did what it must not do. */
void fault(const char *kind, const char *format, ...) {
  va_list arguments;
  page->armed = 0;
  int length = snprintf(page->fault, sizeof page->fault, "%s: ", kind);
  va_start(arguments, format);
  vsnprintf(page->fault + length, sizeof page->fault - (size_t)length, format,
            arguments);
  va_end(arguments);
  _exit(FAULT);
}

static void step(const char *what) {
  snprintf(page->step, sizeof page->step, "%s", what);
}

/* uv_err_name would allocate for an error that has no name. */
static void note(int64_t status, const char *what) {
  char name[40];
  if (page->errors++) return;
  uv_err_name_r((int)status, name, sizeof name);
  snprintf(page->first, sizeof page->first, "%s: %s", what, name);
}

int tried(int64_t result, const char *what) {
  step(what);
  if (result < 0) note(result, what);
  return (int)result;
}

void sent(const void *request, const char *what) {
  for (int i = 0; i < MOST_WAITING; i++) {
    if (page->waiting[i].request) continue;
    page->waiting[i].what = what;
    page->waiting[i].request = request;
    return;
  }
  abort();
}

int came(const void *request, int64_t status) {
  for (int i = 0; i < MOST_WAITING; i++) {
    if (page->waiting[i].request != request) continue;
    page->waiting[i].request = NULL;
    step(page->waiting[i].what);
    if (status < 0) note(status, page->waiting[i].what);
    return (int)status;
  }
  fault("wrong", "a callback that is not owed, after %s", page->step);
}

static void on_close(uv_handle_t *handle) {
  (void)handle;
  closing--;
}

void close_handle(void *handle) {
  if (uv_is_closing(handle)) return;
  closing++;
  uv_close(handle, on_close);
}

static void close_each(uv_handle_t *handle, void *unused) {
  (void)unused;
  close_handle(handle);
}

void give_up(void) {
  given_up = 1;
  uv_walk(&loop, close_each, NULL);
}

void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf) {
  static char memory[65536];
  (void)handle, (void)size;
  *buf = uv_buf_init(memory, sizeof memory);
}

int begin(void) { return TRY(uv_loop_init(&loop)) == 0; }

void run(void) {
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void describe(uv_handle_t *handle, void *text) {
  const char *name = uv_handle_type_name(handle->type);
  snprintf(text, 40, "%s%s", name ? name : "?",
           uv_is_closing(handle) ? " (closing)" : "");
}

void finish(void) {
  run();
  give_up();
  step("the last uv_run");
  run();
  for (int i = 0; i < MOST_WAITING; i++)
    if (page->waiting[i].request)
      fault("lost", "the callback of %s", page->waiting[i].what);
  if (closing) fault("lost", "%d close callbacks", closing);
  step("uv_loop_close");
  int result = uv_loop_close(&loop);
  if (result) {
    char name[40] = "no handle";
    uv_walk(&loop, describe, name);
    fault("busy", "uv_loop_close: %s with %s", uv_err_name(result), name);
  }
}

enum { MOST_FDS = 1024 };
static char open_before[MOST_FDS];

/* Marks the descriptors that are open, by one call where that is not denied. */
static void look(char *open) {
  static struct pollfd fds[MOST_FDS];
  struct rlimit limit = {MOST_FDS, MOST_FDS};
  getrlimit(RLIMIT_NOFILE, &limit);
  unsigned most = limit.rlim_cur < MOST_FDS ? (unsigned)limit.rlim_cur : MOST_FDS;
  for (unsigned i = 0; i < most; i++) fds[i] = (struct pollfd){(int)i, 0, 0};
  int told = poll(fds, most, 0) >= 0;
  for (unsigned i = 0; i < most; i++)
    open[i] = told ? !(fds[i].revents & POLLNVAL) : fcntl((int)i, F_GETFD) >= 0;
}

/* In place of a descriptor whose close was made to fail: see inject.c. */
static int is_closed_mark(int fd) {
  char path[32], name[64] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (readlink(path, name, sizeof name - 1) < 0) return 0;
  return strstr(name, "torture-closed") != NULL;
}

static void count_descriptors(void) {
  char open[MOST_FDS] = {0}, path[32], name[100] = "?";
  look(open);
  for (int fd = 0; fd < MOST_FDS; fd++) {
    if (!open[fd] || open_before[fd] || is_closed_mark(fd)) continue;
    page->descriptors++;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, name, sizeof name - 1) < 0) continue;
    snprintf(page->step, sizeof page->step, "open: %s", name);
  }
}

/* Blocks that live at the end; threads that are on their way out may hold some. */
static void count_memory(void) {
  for (int i = 0; i < 10; i++) {
    page->live_uv = memory_live(1);
    page->live_libc = memory_live(0);
    if (page->live_uv == 0) break;
    nanosleep(&(struct timespec){0, 2000000}, NULL);
  }
  if (page->live_uv || spec.trace)
    snprintf(page->step, sizeof page->step, "live:%s", memory_leaks(page->live_uv > 0));
}

static void limit(void) {
  if (spec.kind == FDS)
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){spec.n, spec.n});
  if (spec.kind != NO_PROC) return;
  if (unshare(CLONE_NEWNS) ||
      mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
      mount("none", "/proc", "tmpfs", 0, NULL)) {
    perror("a /proc of its own");
    _exit(77);
  }
}

/* Says in whose code a signal ends the run: that of abort() is its caller's. */
static void on_fatal(int signum) {
  void *frames[32];
  page->armed = 0;
  int count = backtrace(frames, 32), at = 2;
  for (int i = 0; i < count; i++) {
    Dl_info info = {0};
    dladdr(frames[i], &info);
    if (signum == SIGABRT && info.dli_sname && !strcmp(info.dli_sname, "abort")) at = i + 1;
  }
  if (!page->stack[0])
    for (int i = 0; i < count; i++) page->stack[i] = (uintptr_t)frames[i];
  Dl_info info = {0};
  if (at < count) dladdr(frames[at], &info);
  const char *file = info.dli_fname ? strrchr(info.dli_fname, '/') : NULL;
  snprintf(page->where, sizeof page->where, "in %s of %s",
           info.dli_sname ? info.dli_sname : "?", file ? file + 1 : "?");
  signal(signum, SIG_DFL);
  raise(signum);
}

/* The whole of one run. */
void scenario_run(void) {
  signal(SIGSEGV, on_fatal);
  signal(SIGBUS, on_fatal);
  signal(SIGABRT, on_fatal);
  prepare();
  limit();
  look(open_before);
  filter_install();
  memory_watch();
  page->armed = 1;
  scenario();
  step("uv_library_shutdown");
  uv_library_shutdown();
  page->armed = 0;
  count_memory();
  count_descriptors();
  exit(page->errors ? ERROR : RIGHT);
}
