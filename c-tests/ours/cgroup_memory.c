/* uv_get_constrained_memory() and uv_get_available_memory() where a cgroup above the
 * process's own has the limit, in v1 and v2.
 *
 * The files are laid over the real ones in a mount namespace.
 *
 * libuv 1.53.0: reads the process's own cgroup only.
 * right: the least limit on the way to the root; and what is left is the least that any
 *   level leaves. */
#include "check.h"

#define ROOT "/sys/fs/cgroup/"

static const char *high, *max, *current;

static void level(const char *directory, const char *limit, const char *soft, const char *used) {
  char path[256];
  mkdir(directory, 0755);
  snprintf(path, sizeof path, "%s/%s", directory, max);
  put_file(path, limit);
  snprintf(path, sizeof path, "%s/%s", directory, high);
  put_file(path, soft);
  snprintf(path, sizeof path, "%s/%s", directory, current);
  put_file(path, used);
}

static void want(unsigned long long limit, unsigned long long left, const char *what) {
  unsigned long long n = uv_get_constrained_memory();
  CHECK(n == limit, "%s: a limit of %llu instead of %llu", what, n, limit);
  n = uv_get_available_memory();
  CHECK(n == left, "%s: %llu available instead of %llu", what, n, left);
}

static void check(const char *pod, const char *app, const char *none) {
  level(pod, "4096000\n", none, "1000\n");
  level(app, "1048576\n", none, "500\n");
  want(1048576, 1048076, "its own limit");
  level(app, none, none, "500\n");
  want(4096000, 4095000, "the limit above");
  level(pod, "4096000\n", "3000000\n", "1000\n");
  want(3000000, 2999000, "the soft limit above");
  level(app, "2000000\n", none, "500\n");
  level(pod, "4096000\n", none, "4000000\n");
  want(2000000, 96000, "more room in its own than above");
  level(pod, "4096000\n", none, "5000000\n");
  want(2000000, 0, "more in use than the limit");
}

int main(void) {
  unsigned long long n;
  scratch();
  if (!private_mounts()) SKIP("needs root (mount namespace)");
  if (mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, NULL))
    SKIP("cannot cover /sys/fs/cgroup: %s", strerror(errno));
  put_file("cgroup", "0::/pod/app\n");
  if (mount("cgroup", "/proc/self/cgroup", NULL, MS_BIND, NULL))
    SKIP("cannot cover /proc/self/cgroup: %s", strerror(errno));

  high = "memory.high", max = "memory.max", current = "memory.current";
  put_file(ROOT "cgroup.controllers", "cpu memory\n");
  check(ROOT "pod", ROOT "pod/app", "max\n");
  level(ROOT "pod", "max\n", "max\n", "1000\n");
  level(ROOT "pod/app", "max\n", "max\n", "500\n");
  n = uv_get_constrained_memory();
  CHECK(n == UINT64_MAX, "no limit: %llu", n);
  n = uv_get_available_memory();
  CHECK(n > 1000000, "no limit: %llu available", n);

  high = "memory.soft_limit_in_bytes", max = "memory.limit_in_bytes";
  current = "memory.usage_in_bytes";
  put_file("cgroup", "5:cpu:/other\n4:memory:/pod/app\n0::/\n");
  mkdir(ROOT "memory", 0755);
  check(ROOT "memory/pod", ROOT "memory/pod/app", "9223372036854771712\n");
  /* The group itself is not visible in the container; its limits are at the mount. */
  put_file("cgroup", "4:memory:/docker/id\n");
  level(ROOT "memory", "4096000\n", "9223372036854771712\n", "1000\n");
  want(4096000, 4095000, "v1, a group that is not visible");
  return 0;
}
