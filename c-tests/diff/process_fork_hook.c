/* Hooks of pthread_atfork run for a child with another user or group, and for no
 * other: what they do there stays there. */
#include "trace.h"
#include <pthread.h>

static uv_loop_t loop;
static uv_process_t p;
static int parents, in_child, out[2];

static void prepare(void) { parents++; }
static void parent(void) { parents++; }
static void child(void) {
  sigset_t set;
  in_child = 1;
  SYS(sigprocmask(SIG_BLOCK, NULL, &set));
  if (write(out[1], sigismember(&set, SIGTERM) ? "hook, SIGTERM blocked\n" : "hook\n",
            sigismember(&set, SIGTERM) ? 22 : 5) < 0)
    _exit(9);
}
static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  say("  exit %" PRId64 ", signal %d", status, signum);
  uv_close(H(h), NULL);
}
static void spawn_it(const char *what, char *file, int flags) {
  char *args[] = {file, "-c", "echo program", NULL}, text[100];
  uv_process_options_t o;
  uv_stdio_container_t io[2];
  ssize_t n, len = 0;
  int r;
  memset(&o, 0, sizeof o);
  memset(io, 0, sizeof io);
  SYS(pipe2(out, O_CLOEXEC));
  o.file = file;
  o.args = args;
  o.exit_cb = on_exit_;
  o.flags = flags;
  o.uid = getuid();
  o.gid = getgid();
  o.stdio = io;
  o.stdio_count = 2;
  io[1].flags = UV_INHERIT_FD;
  io[1].data.fd = out[1];
  parents = 0;
  r = uv_spawn(&loop, &p, &o);
  close(out[1]);
  while ((n = AGAIN(read(out[0], text + len, sizeof text - 1 - len))) > 0) len += n;
  text[len] = 0;
  close(out[0]);
  say("%s: %s, hooks in the parent %d, in_child %d", what, name(r), parents, in_child);
  fputs(text, stdout);
  if (r) uv_close(H(&p), NULL);
  run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  uv_signal_t s;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_signal_init(&loop, &s));
  MUST(uv_signal_start(&s, NULL, SIGUSR2));
  uv_unref(H(&s));
  if (pthread_atfork(prepare, parent, child)) broken("pthread_atfork");
  spawn_it("plain", "/bin/sh", 0);
  spawn_it("detached", "/bin/sh", UV_PROCESS_DETACHED);
  spawn_it("own user", "/bin/sh", UV_PROCESS_SETUID);
  spawn_it("own group", "/bin/sh", UV_PROCESS_SETGID);
  spawn_it("own user, no such program", "/nonexistent", UV_PROCESS_SETUID);
  spawn_it("no such program", "/nonexistent", 0);
  uv_close(H(&s), NULL);
  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
