/* Shared by the programs in this folder, each of which checks one behaviour.
 *
 *   exit 0   right (nothing printed)
 *   exit 1   wrong; the last line printed says what is wrong
 *   exit 77  cannot be checked here; the last line printed says why
 *
 * scratch() makes a directory below $TMPDIR (or /tmp), enters it and removes it
 * at exit.  deadline() ends the program with a message if it hangs.
 */
#ifndef CHECK_H
#define CHECK_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <uv.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEAVE_(code, ...)                                                     \
  do {                                                                        \
    printf(__VA_ARGS__);                                                      \
    printf("\n");                                                             \
    fflush(stdout);                                                           \
    leave_(code);                                                             \
  } while (0)
#define FAULT(...) LEAVE_(1, __VA_ARGS__)
#define SKIP(...) LEAVE_(77, __VA_ARGS__)
#define CHECK(cond, ...)                                                      \
  do {                                                                        \
    if (!(cond)) FAULT(__VA_ARGS__);                                          \
  } while (0)

static char scratch_[256];
static pid_t scratch_owner_;
static const char *deadline_text_;

static inline int remove_one_(const char *p, const struct stat *s, int t,
                              struct FTW *f) {
  (void)s, (void)t, (void)f;
  return remove(p);
}

static inline void scratch_remove_(void) {
  if (getpid() == scratch_owner_ && chdir("/") == 0)
    nftw(scratch_, remove_one_, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Ends the process at once: other threads may hang, so no exit handlers. */
static inline void leave_(int code) {
  scratch_remove_();
  _exit(code);
}

static inline void scratch(void) {
  const char *tmp = getenv("TMPDIR");
  snprintf(scratch_, sizeof scratch_, "%s/check.XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(scratch_) || chdir(scratch_)) SKIP("no scratch directory");
  scratch_owner_ = getpid();
  atexit(scratch_remove_);
}

static inline void deadline_passed_(int signum) {
  (void)signum;
  if (write(1, deadline_text_, strlen(deadline_text_)) < 0) _exit(2);
  if (write(1, "\n", 1) < 0) _exit(2);
  _exit(1);
}

static inline void deadline(unsigned seconds, const char *text) {
  deadline_text_ = text;
  signal(SIGALRM, deadline_passed_);
  alarm(seconds);
}

/* A mount namespace of our own: what is mounted here is seen by no one else. */
static inline int private_mounts(void) {
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static inline void put_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
    SKIP("cannot write %s: %s", path, strerror(errno));
  close(fd);
}

static inline double clock_ms(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

#endif
