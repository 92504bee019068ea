/* An on-access scanner: a process that answers the kernel's questions about a mount
 * (fanotify) SLOW_MS after they were asked.
 */
#ifndef SCANNER_H
#define SCANNER_H
#include "ticks.h"

#include <poll.h>
#include <sys/fanotify.h>

struct scanner {
  pid_t pid;
  int go, ready;
};

static inline int mark_mount(int fan, const char *path) {
  return fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_MOUNT,
                       FAN_OPEN_PERM | FAN_ACCESS_PERM, AT_FDCWD, path);
}

static inline void scan_(const char *path, int go, int ready) {
  char buf[4096], status;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    if (read(go, buf, 1) != 1) _exit(0);
    int fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
    status = fan < 0 || mark_mount(fan, path);
    if (write(ready, &status, 1) != 1 || status) _exit(0);
    struct pollfd which[2] = {{fan, POLLIN, 0}, {go, POLLIN, 0}};
    for (;;) {
      poll(which, 2, -1);
      if (which[1].revents) break; /* to stop scanning */
      ssize_t n = read(fan, buf, sizeof buf);
      struct fanotify_event_metadata *e = (void *)buf;
      if (n <= 0) _exit(0);
      usleep(SLOW_MS * 1000);
      for (; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
        struct fanotify_response answer = {e->fd, FAN_ALLOW};
        if (write(fan, &answer, sizeof answer) < 0) _exit(0);
        close(e->fd);
      }
    }
    close(fan);
    if (read(go, buf, 1) != 1 || write(ready, &status, 1) != 1) _exit(0);
  }
}

static inline struct scanner make_scanner(const char *path) {
  int go[2], ready[2];
  if (pipe(go) || pipe(ready)) SKIP("no pipe");
  struct scanner s = {fork(), go[1], ready[0]};
  if (s.pid == 0) {
    close(go[1]);
    scan_(path, go[0], ready[1]);
  }
  close(go[0]);
  close(ready[1]);
  return s;
}

/* Has the scanner begin, or stop. */
static inline void toggle_scanner(struct scanner s) {
  char status = 1;
  if (write(s.go, "g", 1) != 1 || read(s.ready, &status, 1) != 1 || status) {
    kill(s.pid, SIGKILL);
    SKIP("needs root and fanotify (FAN_OPEN_PERM)");
  }
}

static inline void end_scanner(struct scanner s) {
  kill(s.pid, SIGKILL);
  waitpid(s.pid, NULL, 0);
}
#endif
