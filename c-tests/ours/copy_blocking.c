/* Copying a regular file of size 0 whose reads wait for more: trace_pipe of an empty trace.
 *
 * libuv 1.53.0: returns 0 at once and copies nothing, as from every file of size 0.
 * right: returns at once with what can be read now.
 */
#include "check.h"

int main(void) {
  uv_fs_t req;
  deadline(10, "uv_fs_copyfile waits");
  scratch();
  if (geteuid() != 0) SKIP("mounting tracefs needs root");
  if (!private_mounts()) SKIP("no private mount namespace: %s", strerror(errno));
  mkdir("trace", 0700);
  if (mount("none", "trace", "tracefs", 0, NULL)) SKIP("tracefs: %s", strerror(errno));
  if (mkdir("trace/instances/uv-check", 0700) && errno != EEXIST)
    SKIP("a trace of our own: %s", strerror(errno));
  int r = uv_fs_copyfile(NULL, &req, "trace/instances/uv-check/trace_pipe", "copy", 0, NULL);
  uv_fs_req_cleanup(&req);
  rmdir("trace/instances/uv-check");
  umount("trace");
  CHECK(r == 0, "uv_fs_copyfile: %s", uv_err_name(r));
  return 0;
}
