/* uv_os_getpriority() of a process whose nice value is -1.
 *
 * getpriority(2) returns the nice value itself; -1 is an error only if errno
 * was set.
 *
 * libuv 1.53.0: returns 0 and stores -1.
 * right: the same, for the process itself by 0 and by its id; a process that does
 *   not exist is UV_ESRCH.
 * wrong: -1 is taken for an error.
 */
#include "check.h"

#include <sys/resource.h>

int main(void) {
  int pids[2] = {0, getpid()}, value = 99;
  CHECK(uv_os_getpriority(0x7ffffff0, &value) == UV_ESRCH, "no such process");
  if (setpriority(PRIO_PROCESS, 0, -1))
    SKIP("needs root (nice value -1): %s", strerror(errno));
  for (int i = 0; i < 2; i++) {
    value = 99;
    errno = EINVAL;
    int r = uv_os_getpriority(pids[i], &value);
    CHECK(r == 0 && value == -1, "uv_os_getpriority returned %d, value %d", r,
          value);
  }
  return 0;
}
