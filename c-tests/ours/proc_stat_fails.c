/* A read of /proc/stat fails, or is interrupted, while uv_cpu_info() reads it.
 *
 * libuv 1.53.0: aborts, or reports the processors that it has read until then.
 * right: the error; and all processors when the call is only interrupted.
 * wrong: 0 with no processors, or with some of them.
 */
#include "inject.h"

static int all;

static void scenario(void *arg) {
  const int *one = arg;
  uv_cpu_info_t *list = NULL;
  int count = -1;
  inject(SYS_read, one[0], 1, one[1]);
  inject_start();
  int r = uv_cpu_info(&list, &count);
  int hit = atomic_load(&inject_hits);
  if (r == 0)
    CHECK(count == all, "uv_cpu_info: 0, %d of %d processors", count, all);
  else
    CHECK(r == UV_EIO && one[1] == EIO, "uv_cpu_info: %s", uv_err_name(r));
  CHECK(one[0] > 0 || hit, "no read has failed");
  CHECK(one[0] > 0 || one[1] != EIO || r == UV_EIO, "the error is lost");
  if (r == 0) uv_free_cpu_info(list, count);
}

int main(void) {
  uv_cpu_info_t *list;
  int wrong = 0;
  CHECK(uv_cpu_info(&list, &all) == 0 && all > 0, "uv_cpu_info fails");
  uv_free_cpu_info(list, all);
  for (int nth = 0; nth < 6; nth++)
    for (int e = 0; e < 2; e++) {
      int one[2] = {nth, e ? EINTR : EIO};
      wrong += in_child(e ? "a read is interrupted" : "a read fails", scenario, one);
    }
  CHECK(wrong == 0, "%d of these", wrong);
  return 0;
}
