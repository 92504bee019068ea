/* Descriptors that collide: the child's places and the parent's sources overlap in
 * every way that a small generator finds. */
#include "chance.h"
#include <sys/stat.h>

enum { FILES = 6, FIRST = 3, ROUNDS = 60 };

static uv_loop_t loop;
static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  (void) signum;
  if (status) say("  exit %" PRId64, status);
  uv_close(H(h), NULL);
}

/* What the child was given, and whether it would wait in a read of it. */
static int tell(void) {
  char link[32], target[300];
  ssize_t n;
  int i;
  for (i = 0; i < 16; i++) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", i);
    n = readlink(link, target, sizeof target - 1);
    if (n < 0) continue;
    target[n] = 0;
    target[strcspn(target, ":")] = 0;
    dprintf(40, "  %d %s%s\n", i, strrchr(target, '/') ? strrchr(target, '/') + 1 : target,
            fcntl(i, F_GETFL) & O_NONBLOCK ? " non-blocking" : "");
  }
  return 0;
}

int main(int argc, char **argv) {
  char dir[TEMPORARY], name_[16], text[512];
  int i, round, fd, answer[2];
  if (argc > 1) return tell();
  begin();
  temporary_dir(dir);
  SYS(chdir(dir));
  /* What came from outside goes no further. */
  for (i = 3; i < 256; i++)
    if (fcntl(i, F_GETFD) != -1) SYS(fcntl(i, F_SETFD, FD_CLOEXEC));
  /* The files take the lowest places, the loop's own descriptors come behind. */
  for (i = 0; i < FILES; i++) {
    snprintf(name_, sizeof name_, "f%d", i);
    SYS(fd = open(name_, O_CREAT | O_RDWR | O_CLOEXEC, 0644));
    SYS(dup3(fd, 50 + i, O_CLOEXEC));
    close(fd);
  }
  for (i = 0; i < FILES; i++) {
    SYS(dup3(50 + i, FIRST + i, O_CLOEXEC));
    close(50 + i);
  }
  MUST(uv_loop_init(&loop));
  for (round = 0; round < ROUNDS; round++) {
    uv_process_t p;
    uv_process_options_t o;
    uv_stdio_container_t io[12];
    ssize_t n, len = 0;
    int count = 3 + chance(9);
    char *args[] = {argv[0], "child", NULL};
    memset(&o, 0, sizeof o);
    memset(io, 0, sizeof io);
    o.file = "/proc/self/exe";
    o.args = args;
    o.exit_cb = on_exit_;
    o.stdio = io;
    o.stdio_count = count;
    if (chance(4) == 0) {
      o.flags = UV_PROCESS_SETUID;
      o.uid = getuid();
    }
    SYS(pipe2(answer, O_CLOEXEC));
    SYS(fcntl(answer[0], F_DUPFD_CLOEXEC, 60));
    SYS(dup2(answer[1], 40));
    close(answer[0]);
    close(answer[1]);
    for (i = 0; i < count; i++) {
      if (chance(4) == 0) {
        io[i].flags = UV_IGNORE;
      } else {
        io[i].flags = UV_INHERIT_FD;
        io[i].data.fd = chance(4) ? FIRST + (int) chance(FILES) : (int) chance(3);
      }
    }
    for (i = 0; i < FILES; i += 2) SYS(fcntl(FIRST + i, F_SETFL, O_NONBLOCK));
    say("round %d: %d%s", round, count, o.flags ? ", forks" : "");
    TRY(uv_spawn(&loop, &p, &o));
    close(40);
    while ((n = AGAIN(read(60, text + len, sizeof text - 1 - len))) > 0) len += n;
    text[len] = 0;
    close(60);
    fputs(text, stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  for (i = 0; i < FILES; i++) {
    snprintf(name_, sizeof name_, "f%d", i);
    unlink(name_);
    close(FIRST + i);
  }
  rmdir(dir);
  return finish(&loop);
}
