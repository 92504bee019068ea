/* uv_available_parallelism() under CPU limits of cgroup v1, of v2 beside v1 (hybrid), and of
 * v2.
 *
 * The files that a container shows are laid over the real ones in a mount namespace. A quota
 * of 100000 of 100000 microseconds is one CPU.
 *
 * libuv 1.53.0: sees limits only where v2 is the only hierarchy, and mounted as a whole.
 * right: the least limit on the way from the group to the root, in the hierarchy that has
 *   the controller, wherever that is mounted. */
#include "check.h"

#define ROOT "/sys/fs/cgroup/"

static void cover(const char *path, const char *with) {
  if (mount(with, path, NULL, MS_BIND, NULL)) SKIP("cannot cover %s: %s", path, strerror(errno));
}

static void fresh(void) {
  umount2("/sys/fs/cgroup", MNT_DETACH);
  if (mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, NULL))
    SKIP("cannot cover /sys/fs/cgroup: %s", strerror(errno));
}

static void directory(const char *path) {
  if (mkdir(path, 0755)) SKIP("mkdir %s: %s", path, strerror(errno));
}

/* /proc/self/mountinfo without the cgroups, and with this line. */
static void group(const char *cgroup, const char *line) {
  char text[1024];
  snprintf(text, sizeof text,
           "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
           "30 20 0:25 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n%s",
           line);
  put_file("mountinfo", text);
  put_file("cgroup", cgroup);
}

static void want(unsigned count, const char *what) {
  unsigned n = uv_available_parallelism();
  CHECK(n == count, "%s: %u instead of %u", what, n, count);
}

int main(void) {
  unsigned all = uv_available_parallelism();
  scratch();
  if (all < 2) SKIP("needs two CPUs");
  if (!private_mounts()) SKIP("needs root (mount namespace)");
  group("", "");
  cover("/proc/self/mountinfo", "mountinfo");
  cover("/proc/self/cgroup", "cgroup");

#define CPU ROOT "cpu,cpuacct"
  fresh();
  directory(CPU);
  directory(CPU "/app");
  put_file(CPU "/cpu.cfs_period_us", "100000\n");
  put_file(CPU "/cpu.cfs_quota_us", "-1\n");
  put_file(CPU "/app/cpu.cfs_period_us", "100000\n");
  put_file(CPU "/app/cpu.cfs_quota_us", "100000\n");
#define MOUNT(root) \
  "31 30 0:26 " root " " CPU " rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n"
  group("4:cpu,cpuacct:/app\n1:name=systemd:/app\n", MOUNT("/"));
  want(1, "v1");
  group("4:cpu,cpuacct:/app/below\n1:name=systemd:/app\n0::/\n", MOUNT("/"));
  want(1, "v1, a group above");
  group("4:cpu,cpuacct:/docker/id/app\n", MOUNT("/docker/id"));
  want(1, "v1, a group below the one that is mounted");
  group("4:cpu,cpuacct:/\n", MOUNT("/"));
  want(all, "v1, no limit");
  group("4:cpuacct:/app\n", MOUNT("/"));
  want(all, "v1, another controller");
  put_file(CPU "/app/cpu.cfs_quota_us", "150000\n");
  group("4:cpu,cpuacct:/app\n", MOUNT("/"));
  want(1, "v1, one and a half");
  put_file(CPU "/app/cpu.cfs_quota_us", "1000\n");
  want(1, "v1, a hundredth");
  put_file(CPU "/app/cpu.cfs_quota_us", "10000000\n");
  want(all, "v1, more than there are");
  put_file(CPU "/app/cpu.cfs_quota_us", "100000\n");
  put_file(CPU "/app/cpu.cfs_period_us", "0\n");
  want(all, "v1, a period of 0");

  /* Without mountinfo, where it usually is. */
  put_file(CPU "/app/cpu.cfs_period_us", "100000\n");
  if (symlink("cpu,cpuacct", ROOT "cpu")) SKIP("symlink");
  group("4:cpu,cpuacct:/app\n", "");
  want(1, "v1, no line in mountinfo");

  /* Hybrid: v2 has the controller, beside v1's others. */
  fresh();
  directory(ROOT "memory");
  directory(ROOT "unified");
  directory(ROOT "unified/app");
  put_file(ROOT "unified/app/cpu.max", "100000 100000\n");
  group("2:memory:/app\n0::/app\n",
        "31 30 0:26 / " ROOT "unified rw - cgroup2 cgroup2 rw\n");
  want(1, "hybrid");
  group("2:memory:/app\n0::/app\n", "");
  want(1, "hybrid, no line in mountinfo");

  fresh();
  directory(ROOT "app");
  put_file(ROOT "cgroup.controllers", "cpu\n");
  put_file(ROOT "app/cgroup.controllers", "cpu\n");
  put_file(ROOT "cpu.max", "100000 100000\n");
  put_file(ROOT "app/cpu.max", "max 100000\n");
  group("0::/app\n", "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  want(1, "v2, a group above");
  group("0::/docker/id/app\n",
        "30 20 0:26 /docker/id /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  want(1, "v2, a group below the one that is mounted");
  group("0::/../other\n", "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  directory("/sys/fs/cgroup/other");
  want(all, "v2, a group outside of the namespace");
  return 0;
}
