/* What a child gets, and what a call that starts none answers. */
#include "trace.h"
#include <sys/stat.h>

static uv_loop_t loop;
static uv_process_t p;
static uv_process_options_t o;
static uv_stdio_container_t io[8];
static int exited;

static void on_exit_(uv_process_t *h, int64_t status, int signum) {
  say("  exit %" PRId64 ", signal %d, active %d, pid %s", status, signum,
      uv_is_active(H(h)), uv_process_get_pid(h) == h->pid ? "kept" : "lost");
  say("  kill now: %s", name(uv_process_kill(h, 0)));
  exited = 1;
}
static void fresh(char **args) {
  memset(&o, 0, sizeof o);
  memset(io, 0, sizeof io);
  o.file = args[0];
  o.args = args;
  o.exit_cb = on_exit_;
}
static void finish_one(int r) {
  say("  spawn %s, active %d, pid %s, alive %d", name(r), uv_is_active(H(&p)),
      p.pid > 0 ? "set" : "0", uv_loop_alive(&loop));
  exited = 0;
  if (r == 0) UNTIL(&loop, exited);
  CLOSE(&p);
  run(&loop, UV_RUN_DEFAULT);
}
static void spawn_it(const char *title) {
  say("%s", title);
  finish_one(uv_spawn(&loop, &p, &o));
}
/* The child's output through a plain pipe. */
static void capture(const char *title, int at) {
  int out[2];
  char text[2048];
  ssize_t n, len = 0;
  SYS(pipe2(out, O_CLOEXEC));
  say("%s", title);
  io[at].flags = UV_INHERIT_FD;
  io[at].data.fd = out[1];
  if (o.stdio_count <= at) o.stdio_count = at + 1;
  o.stdio = io;
  int r = uv_spawn(&loop, &p, &o);
  close(out[1]);
  while ((n = AGAIN(read(out[0], text + len, sizeof text - 1 - len))) > 0) len += n;
  text[len] = 0;
  close(out[0]);
  say("  output [%s]", text);
  finish_one(r);
}
#define SH(script) ((char *[]) {"/bin/sh", "-c", script, NULL})

int main(void) {
  char dir[TEMPORARY], path[300], *env[4];
  int fd, i;
  begin();
  MUST(uv_loop_init(&loop));
  temporary_dir(dir);

  fresh(SH("exit 3"));
  spawn_it("status");
  fresh(SH("kill -9 $$"));
  spawn_it("signal");
  fresh(SH("exit 0"));
  o.flags = UV_PROCESS_WINDOWS_HIDE | UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS |
            UV_PROCESS_WINDOWS_FILE_PATH_EXACT_NAME;
  spawn_it("flags for Windows");

  say("-- failures");
  fresh((char *[]) {"/nonexistent/program", NULL});
  spawn_it("no such file");
  fresh((char *[]) {"no-such-program-anywhere", NULL});
  spawn_it("not in PATH");
  fresh((char *[]) {"", NULL});
  spawn_it("an empty name");
  fresh((char *[]) {"", NULL});
  o.flags = UV_PROCESS_SETUID;
  o.uid = getuid();
  spawn_it("an empty name, forked");
  for (i = 0; i < 2; i++) {
    fresh(SH("exit 0"));
    o.flags = i ? UV_PROCESS_SETUID : 0;
    o.uid = getuid();
    o.cwd = "/nonexistent";
    io[0].flags = UV_INHERIT_FD;
    io[0].data.fd = 500;
    o.stdio = io;
    o.stdio_count = 1;
    spawn_it(i ? "no such directory nor descriptor, forked"
               : "no such directory nor descriptor");
  }
  fresh((char *[]) {"/tmp", NULL});
  spawn_it("a directory");
  fresh(SH("exit 0"));
  o.cwd = "/nonexistent";
  spawn_it("no such working directory");
  snprintf(path, sizeof path, "%s/data", dir);
  SYS(fd = open(path, O_CREAT | O_WRONLY, 0644));
  SYS((int) write(fd, "exit 5\n", 7));
  close(fd);
  fresh((char *[]) {path, NULL});
  spawn_it("not executable");
  SYS(chmod(path, 0755));
  spawn_it("neither program nor script");
  o.flags = UV_PROCESS_SETUID;
  o.uid = getuid();
  spawn_it("the same with a true fork: the shell reads it");
  {
    static char longer[400];
    memset(longer, 'x', 300);
    fresh((char *[]) {longer, NULL});
    spawn_it("a name too long");
  }

  say("-- stdio that is none");
  fresh(SH("exit 0"));
  o.stdio = io;
  o.stdio_count = 1;
  io[0].flags = UV_INHERIT_FD;
  io[0].data.fd = -1;
  spawn_it("descriptor -1");
  io[0].data.fd = 1000;
  spawn_it("a closed descriptor");
  {
    uv_tcp_t tcp;
    MUST(uv_tcp_init(&loop, &tcp));
    tcp.data = NULL;
    io[0].flags = UV_INHERIT_STREAM;
    io[0].data.stream = S(&tcp);
    spawn_it("a stream without a descriptor");
    io[0].flags = UV_CREATE_PIPE;
    spawn_it("a new pipe in a TCP handle");
    CLOSE(&tcp);
    run(&loop, UV_RUN_DEFAULT);
  }

  say("-- environment and PATH");
  setenv("SPAWN_HERE", "parent", 1);
  fresh(SH("echo $SPAWN_HERE"));
  capture("inherited", 1);
  env[0] = "SPAWN_HERE=child";
  env[1] = NULL;
  o.env = env;
  capture("given", 1);
  snprintf(path, sizeof path, "%s/tool", dir);
  SYS(fd = open(path, O_CREAT | O_WRONLY, 0755));
  SYS((int) write(fd, "#!/bin/sh\necho tool $0\n", 23));
  close(fd);
  {
    char var[400];
    snprintf(var, sizeof var, "PATH=/nonexistent:%s", dir);
    fresh((char *[]) {"tool", NULL});
    spawn_it("not in the parent's PATH");
    env[0] = var;
    o.env = env;
    o.stdio = io;
    io[2].flags = UV_IGNORE;
    spawn_it("in the child's PATH");
    env[0] = "PATH=";
    o.cwd = dir;
    spawn_it("an empty PATH is the working directory");
    env[0] = "OTHER=1";
    spawn_it("no PATH");
    fresh((char *[]) {"sh", "-c", "exit 9", NULL});
    o.env = env;
    spawn_it("no PATH, but a standard place");
    o.flags = UV_PROCESS_SETGID;
    o.gid = getgid();
    spawn_it("the same with a true fork");
  }

  say("-- signals");
  {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGUSR2, SIG_IGN);
    fresh(SH("grep -E 'SigBlk|SigIgn|SigCgt' /proc/self/status | "
             "sed 's/\\(Sig...:\\).*\\(.......\\)/\\1 \\2/'"));
    capture("nothing blocked, nothing ignored", 1);
    o.flags = UV_PROCESS_SETUID;
    o.uid = getuid();
    capture("the same with a true fork", 1);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    signal(SIGUSR2, SIG_DFL);
    sigprocmask(SIG_BLOCK, NULL, &set);
    say("  parent: usr1 blocked %d", sigismember(&set, SIGUSR1));
  }

  say("-- descriptors of the child");
  fresh(SH("cd /proc/self/fd; for i in 0 1 2 3 4 5 6; do "
           "test -e $i && echo $i `readlink $i | sed s/:.*//`; done"));
  capture("two", 1);
  capture("four and a gap", 4);
  fresh(SH("echo one"));
  {
    int out[2], saved1 = dup(1), saved2 = dup(2);
    char text[64];
    SYS(pipe(out));
    o.stdio = io;
    o.stdio_count = 3;
    for (i = 0; i < 3; i++) io[i].flags = UV_INHERIT_FD, io[i].data.fd = i;
    io[1].data.fd = 2;
    io[2].data.fd = 1;
    fflush(stdout);
    SYS(dup2(out[1], 2));
    i = uv_spawn(&loop, &p, &o);
    SYS(dup2(saved2, 2));
    close(out[1]);
    close(saved1);
    close(saved2);
    text[0] = 0;
    i = i ? i : (int) AGAIN(read(out[0], text, sizeof text));
    say("swapped: %d bytes, [%.3s]", i, text);
    close(out[0]);
    finish_one(0);
  }

  say("-- session, groups");
  fresh(SH("set -- `cat /proc/$$/stat`; test $6 = $$ && echo leader || echo member"));
  capture("member of the parent's session", 1);
  o.flags = UV_PROCESS_DETACHED;
  capture("leader of its own", 1);
  if (getuid() == 0) {
    fresh(SH("id -u; id -g; id -G"));
    o.flags = UV_PROCESS_SETUID | UV_PROCESS_SETGID;
    o.uid = o.gid = 65534;
    capture("another user", 1);
  } else {
    fresh(SH("exit 0"));
    o.flags = UV_PROCESS_SETUID;
    o.uid = 0;
    spawn_it("another user");
    o.flags = UV_PROCESS_SETGID;
    o.gid = 0;
    spawn_it("another group");
  }

  snprintf(path, sizeof path, "%s/data", dir);
  unlink(path);
  snprintf(path, sizeof path, "%s/tool", dir);
  unlink(path);
  rmdir(dir);
  return finish(&loop);
}
