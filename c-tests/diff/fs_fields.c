/* What is in a request before, after and when it has been cleaned up: whose path
 * it holds, where ptr leads, what the getters say. */
#include "files.h"

static uv_loop_t loop;
static uv_fs_t req;
static const char *given;

static void show_req(const char *when) {
  const char *path = uv_fs_get_path(&req);
  const char *whose = !path ? "none" : path == given ? "the caller's" : "a copy";
  const void *ptr = uv_fs_get_ptr(&req);
  say("%s: type %d, result %s, system error %d, path %s (%s), ptr %s, loop %s", when,
      uv_fs_get_type(&req), name(uv_fs_get_result(&req)),
      uv_fs_get_system_error(&req), path ? path : "-", whose,
      !ptr ? "null" : ptr == uv_fs_get_statbuf(&req) ? "statbuf" : "something",
      req.loop ? "set" : "null");
}

static void done(uv_fs_t *r) {
  (void) r;
  show_req("in the callback");
}

static void both(const char *what, int sync) {
  say("-- %s -> %s", what, name(sync));
  show_req("at once");
  uv_fs_req_cleanup(&req);
  show_req("cleaned");
  uv_fs_req_cleanup(&req);
}

static void later(const char *what, int async) {
  say("-- async %s -> %s", what, name(async));
  say("path copied %d", req.path != given);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_fs_req_cleanup(&req);
  show_req("cleaned");
}

#define BOTH(call, ...)                                                        \
  both(#call, uv_fs_##call(NULL, &req, __VA_ARGS__, NULL));                    \
  later(#call, uv_fs_##call(&loop, &req, __VA_ARGS__, done))

int main(void) {
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  make_file("a", "text");
  SYS(symlink("a", "l"));
  SYS(mkdir("d", 0700));
  given = "a";
  BOTH(stat, given);
  BOTH(access, given, R_OK);
  BOTH(chmod, given, 0600);
  BOTH(realpath, given);
  BOTH(statfs, given);
  BOTH(utime, given, 1.0, 2.0);
  BOTH(scandir, given, 0);
  given = "l";
  BOTH(lstat, given);
  BOTH(readlink, given);
  given = "d";
  BOTH(scandir, given, 0);
  BOTH(rmdir, given);
  given = "none";
  BOTH(unlink, given);
  BOTH(stat, given);
  BOTH(readlink, given);
  BOTH(realpath, given);
  BOTH(opendir, given);
  given = "a";
  BOTH(link, given, "b");
  BOTH(rename, given, "c");
  leave_scratch();
  return finish(&loop);
}
