/* The environment of a set-user-ID program, which its caller chooses.
 *
 * libuv 1.53.0: uv_os_homedir(), uv_os_tmpdir() and the size of the thread pool come from
 *   the caller's HOME, TMPDIR and UV_THREADPOOL_SIZE.
 * right: they do not, as with secure_getenv(3). uv_os_getenv() is getenv(3) all the same.
 *
 * The program copies itself and the library to a file system of its own, makes the copy
 * set-user-ID and runs it as another user. Such a program finds its libraries only in the
 * system's places, hence the loader's cache of its own. */
#include "check.h"
#include <dlfcn.h>
#include <sys/auxv.h>

#define PLACE "/mnt"

static void copy(const char *from, const char *to, mode_t mode) {
  static char buf[1 << 16];
  int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
  ssize_t n;
  if (in < 0 || out < 0) SKIP("cannot copy %s: %s", from, strerror(errno));
  while ((n = read(in, buf, sizeof buf)) > 0)
    if (write(out, buf, n) != n) SKIP("cannot write %s: %s", to, strerror(errno));
  if (n < 0 || fchmod(out, mode)) SKIP("cannot copy %s: %s", from, strerror(errno));
  close(in);
  close(out);
}

static atomic_int running;
static int both_ran;

static void work(uv_work_t *req) {
  int i;
  (void) req;
  running++;
  for (i = 0; i < 3000 && running < 2; i++) usleep(1000);
  if (running == 2) both_ran = 1;
}

static void set_user_id(void) {
  char text[1024];
  size_t size = sizeof text;
  uv_work_t jobs[2];
  int r, i;
  if (!getauxval(AT_SECURE)) SKIP("set-user-ID has no effect here");
  r = uv_os_getenv("HOME", text, &size);
  CHECK(r == 0 && !strcmp(text, "/evil"), "uv_os_getenv: %s", uv_err_name(r));
  size = sizeof text;
  r = uv_os_homedir(text, &size);
  CHECK(r == UV_ENOENT || (r == 0 && strcmp(text, "/evil")), "the home is the caller's HOME");
  size = sizeof text;
  r = uv_os_tmpdir(text, &size);
  CHECK(r == 0, "uv_os_tmpdir: %s", uv_err_name(r));
  CHECK(!strcmp(text, "/tmp"), "the directory for temporary files is %s", text);
  for (i = 0; i < 2; i++) uv_queue_work(uv_default_loop(), &jobs[i], work, NULL);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  CHECK(both_ran, "the pool has the caller's size");
  exit(0);
}

int main(int argc, char **argv) {
  static char *env[] = {"HOME=/evil", "TMPDIR=/evil", "TMP=/evil", "TEMP=/evil",
                        "TEMPDIR=/evil", "UV_THREADPOOL_SIZE=1", NULL};
  static char *args[] = {PLACE "/program", "set-user-ID", NULL};
  Dl_info library;
  int status;
  pid_t pid;
  if (argc > 1 && !strcmp(argv[1], args[1])) set_user_id();
  deadline(60, "hangs");
  if (!private_mounts()) SKIP("needs root (mount namespace)");
  if (mount("tmpfs", PLACE, "tmpfs", 0, "mode=755"))
    SKIP("cannot mount at " PLACE ": %s", strerror(errno));
  if (!dladdr((void *) uv_version, &library)) SKIP("the library's file is unknown");
  copy("/proc/self/exe", args[0], 0755);
  copy(library.dli_fname, PLACE "/libuv.so.1", 0755);
  put_file(PLACE "/conf", PLACE "\n");
  if (system("PATH=$PATH:/usr/sbin:/sbin; ldconfig -X -C " PLACE "/cache -f " PLACE
             "/conf >/dev/null 2>&1") ||
      mount(PLACE "/cache", "/etc/ld.so.cache", NULL, MS_BIND, NULL))
    SKIP("the loader's cache cannot be replaced");
  if (chown(args[0], 1, 1) || chmod(args[0], 04755)) SKIP("chmod: %s", strerror(errno));
  if ((pid = fork()) == 0) {
    if (setgid(65534) || setuid(65534)) SKIP("setuid: %s", strerror(errno));
    execve(args[0], args, env);
    SKIP("execve: %s", strerror(errno));
  }
  CHECK(waitpid(pid, &status, 0) == pid, "waitpid");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) SKIP("the library is not found");
  CHECK(!WIFSIGNALED(status), "killed by signal %d", WTERMSIG(status));
  return WEXITSTATUS(status); /* the program has said why */
}
