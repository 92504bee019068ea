/* The supervisor. Reads what each run is about from its standard input, a line of
 * six numbers (struct spec), forks a process that runs the scenario, answers the
 * system calls that its filter puts to us, and prints a line of what became of it:
 *
 *   VERDICT \t reached \t CPU ms \t allocations \t live \t live of libc \t
 *   descriptors \t calls (NUMBER:COUNT ...) \t stack (offsets) \t text
 */
#include "torture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared *page;
struct spec spec;
char helper_path[512];

enum {
  MOST_CALLS = 512,
  LOOK_MS = 100,     /* how often a run is looked at */
  ASLEEP_MS = 1000,  /* all threads asleep for so long: it hangs */
  LIMIT_MS = 20000,  /* no run takes as long */
  SPIN_CALLS = 3000, /* calls that were made to fail, one after the other */
  SPIN_MS = 700,     /* nor uses so much of a processor */
};

static unsigned counts[MOST_CALLS];
static pid_t child;
static int pidfd, listener, output;
static struct stat program;

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int remove_one(const char *path, const struct stat *s, int t, struct FTW *f) {
  (void)s, (void)t;
  return f->level ? remove(path) : 0;
}

static void become_run(void) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null, 0);
  dup2(output, 1);
  dup2(output, 2);
  close_range(3, ~0u, 0);
  scenario_run();
  _exit(99);
}

static int start(void) {
  memset(page, 0, sizeof *page);
  memset(counts, 0, sizeof counts);
  listener = -1;
  if (ftruncate(output, 0) || lseek(output, 0, SEEK_SET)) return -1;
  child = fork();
  if (child == 0) become_run();
  if (child < 0) return -1;
  pidfd = (int)syscall(SYS_pidfd_open, child, 0);
  return pidfd;
}

/* Takes our copy of the listener as soon as there is one. */
static void take_listener(void) {
  if (listener >= 0 || !page->listener) return;
  listener = (int)syscall(SYS_pidfd_getfd, pidfd, page->listener, 0);
  if (listener < 0) {
    perror("pidfd_getfd");
    exit(1);
  }
#ifdef SECCOMP_IOCTL_NOTIF_SET_FLAGS
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
#endif
  page->go = 1;
}

/* Whether a thread runs the scenario: it, or a child before its execve. */
static int is_ours(pid_t thread) {
  if (thread == child) return !page->quiet;
  char path[64];
  struct stat runs;
  snprintf(path, sizeof path, "/proc/%d/exe", thread);
  return stat(path, &runs) == 0 && runs.st_ino == program.st_ino &&
         runs.st_dev == program.st_dev;
}

/* Where a thread is that waits for us: the return addresses into the library that
 * lie on its stack. */
static void note_stack(pid_t thread) {
  char path[64], text[256] = "";
  static uintptr_t words[4096];
  snprintf(path, sizeof path, "/proc/%d/syscall", thread);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  char *at = length > 0 ? strrchr(text, ' ') : NULL;
  if (!at) return;
  *at = 0;
  at = strrchr(text, ' ');
  uintptr_t stack = at ? strtoul(at + 1, NULL, 16) : 0;
  size_t count = sizeof words;
  ssize_t got = -1;
  while (got < 0 && count >= 512) {
    struct iovec here = {words, count}, there = {(void *)stack, count};
    got = process_vm_readv(thread, &here, 1, &there, 1, 0);
    count /= 2;
  }
  int found = 0;
  for (ssize_t i = 0; i < got / (ssize_t)sizeof *words && found < 24; i++)
    if (in_library(words[i])) page->stack[found++] = words[i];
}

/* The kernel closes a descriptor even where it reports an error. So do we: a
 * marked descriptor takes the place of what it led to. */
static void close_anyway(const struct seccomp_notif *call) {
  static int mark = -1;
  if (mark < 0) mark = memfd_create("torture-closed", MFD_CLOEXEC);
  struct seccomp_notif_addfd add = {
      .id = call->id,
      .flags = SECCOMP_ADDFD_FLAG_SETFD,
      .srcfd = (unsigned)mark,
      .newfd = (unsigned)call->data.args[0],
      .newfd_flags = O_CLOEXEC,
  };
  ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
}

static void answer(void) {
  struct seccomp_notif call = {0};
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call)) return;
  struct seccomp_notif_resp reply = {.id = call.id,
                                     .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
  int number = call.data.nr;
  if (page->armed && number < MOST_CALLS && is_ours((pid_t)call.pid)) {
    unsigned count = ++counts[number];
    if (spec.kind == CALL && number == spec.call &&
        (spec.from ? count >= spec.n : count == spec.n)) {
      if (!page->reached++ && spec.trace) note_stack((pid_t)call.pid);
      if (number == SYS_close) close_anyway(&call);
      reply.flags = 0;
      reply.error = -spec.error;
    }
  }
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

/* What the threads of a run have used of the processors, in ms; whether all sleep. */
static long used_ms(int *asleep) {
  char path[300], text[400];
  unsigned long long total = 0, used;
  *asleep = 1;
  snprintf(path, sizeof path, "/proc/%d/task", child);
  DIR *tasks = opendir(path);
  struct dirent *task;
  while (tasks && (task = readdir(tasks))) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", child, task->d_name);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%llu", &used) == 1) total += used;
    if (file) fclose(file);
    snprintf(path, sizeof path, "/proc/%d/task/%s/stat", child, task->d_name);
    file = fopen(path, "re");
    char *end = file && fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
    if (end && end[2] != 'S') *asleep = 0;
    if (file) fclose(file);
  }
  if (tasks) closedir(tasks);
  return (long)(total / 1000000);
}

/* Whether the run has come to its end; otherwise says how it fails to. */
static const char *supervise(void) {
  long begun = now_ms(), looked = begun, moved = begun, used = 0;
  for (;;) {
    struct pollfd fds[] = {{pidfd, POLLIN, 0}, {listener, POLLIN, 0}};
    int waits = listener < 0 && (spec.kind == CALL || spec.kind == COUNT);
    struct timespec pause = {0, 50000};
    if (!waits) pause.tv_nsec = LOOK_MS * 1000000L;
    int ready = ppoll(fds, 2, &pause, NULL);
    take_listener();
    if (ready > 0 && fds[0].revents) return NULL;
    if (ready > 0 && fds[1].revents & POLLIN) answer();
    if (spec.kind == CALL && page->reached > SPIN_CALLS) return "spin";
    long now = now_ms();
    if (now - looked < LOOK_MS) continue;
    int asleep;
    long uses = used_ms(&asleep);
    if (uses != used || !asleep) moved = now;
    used = uses, looked = now;
    if (used > SPIN_MS) return "spin";
    if (now - moved >= ASLEEP_MS) return "hang";
    if (now - begun > LIMIT_MS) return "hang";
  }
}

/* What hangs: the callback that is owed, and where the main thread is. */
static void say_waiting(char *text, size_t size) {
  size_t length = (size_t)snprintf(text, size, "after %s", page->step);
  for (int i = 0; i < MOST_WAITING && length < size; i++)
    if (page->waiting[i].request)
      length += (size_t)snprintf(text + length, size - length, ", %s is owed",
                                 page->waiting[i].what);
  if (!page->stack[0]) note_stack(child);
}

static void last_output(char *text, size_t size) {
  ssize_t length = pread(output, text, size - 1, 0);
  text[length > 0 ? length : 0] = 0;
}

static void report(const char *verdict, const struct rusage *used, const char *text) {
  long ms = used->ru_utime.tv_sec * 1000 + used->ru_utime.tv_usec / 1000 +
            used->ru_stime.tv_sec * 1000 + used->ru_stime.tv_usec / 1000;
  printf("%s\t%d\t%ld\t%u\t%d\t%d\t%d\t", verdict, page->reached, ms,
         page->allocations, page->live_uv, page->live_libc, page->descriptors);
  for (int i = 0; i < MOST_CALLS; i++)
    if (counts[i]) printf("%d:%u ", i, counts[i]);
  printf("\t");
  for (int i = 0; i < 48; i++)
    if (in_library(page->stack[i])) printf("%#zx ", library_offset(page->stack[i]));
  printf("\t");
  for (; *text; text++) putchar(*text < ' ' ? ' ' : *text);
  printf("\n");
  fflush(stdout);
}

static void one_run(void) {
  static char text[900];
  struct rusage used;
  int status;
  *text = 0;
  if (start() < 0) {
    perror("start");
    exit(1);
  }
  const char *verdict = supervise();
  if (verdict) say_waiting(text, sizeof text);
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  wait4(child, &status, 0, &used);
  if (listener >= 0) close(listener);
  close(pidfd);
  if (!verdict && WIFSIGNALED(status)) {
    verdict = WTERMSIG(status) == SIGABRT ? "abort" : "crash";
    int length = snprintf(text, 300, "signal %d %s after %.100s ", WTERMSIG(status), page->where,
                          page->step);
    last_output(text + length, sizeof text - (size_t)length);
  } else if (!verdict && *page->fault) {
    verdict = page->fault;
    char *colon = strchr(page->fault, ':');
    *colon = 0;
    snprintf(text, sizeof text, "%s", colon + 2);
  } else if (!verdict && WEXITSTATUS(status) == ERROR) {
    verdict = "error";
    snprintf(text, sizeof text, "%s; %s", page->first, page->step);
  } else if (!verdict && WEXITSTATUS(status) == RIGHT) {
    verdict = "ok";
    snprintf(text, sizeof text, "%s", page->step);
  } else if (!verdict) {
    verdict = WEXITSTATUS(status) == 77 ? "skip" : "exit";
    int length = snprintf(text, 300, "status %d after %s ", WEXITSTATUS(status), page->step);
    last_output(text + length, sizeof text - (size_t)length);
  }
  report(verdict, &used, text);
  nftw(".", remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

int main(int argc, char **argv) {
  int kind;
  char line[200];
  if (argc != 3 || chdir(argv[1])) {
    fprintf(stderr, "usage: %s EMPTY_DIRECTORY HELPER\n", argv[0]);
    return 2;
  }
  snprintf(helper_path, sizeof helper_path, "%s", argv[2]);
  page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  output = memfd_create("output", MFD_CLOEXEC);
  if (page == MAP_FAILED || output < 0 || stat("/proc/self/exe", &program)) {
    perror(argv[0]);
    return 1;
  }
  memory_find_library();
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "%d %d %u %d %d %d", &kind, &spec.call, &spec.n, &spec.from,
               &spec.error, &spec.trace) != 6)
      return 2;
    spec.kind = (unsigned)kind;
    one_run();
  }
  return 0;
}
