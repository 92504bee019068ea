/* Asynchronous uv_fs_close() of a large file that has been removed. The last close(2)
 * of such a file frees its blocks: 0.1 s and more for some hundred MiB.
 *
 * libuv 1.53.0: close(2) runs in the thread pool.
 * right: that work is not done on the loop's thread.
 *
 * Measured in CPU time of the loop's thread, which other load does not change, against
 * a close(2) of such a file that the program makes itself.
 */
#include "ticks.h"

#define MIB 600

static void fill(const char *path) {
  static char block[1 << 20];
  int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);
  memset(block, 1, sizeof block);
  for (int i = 0; i < MIB; i++)
    if (write(fd, block, sizeof block) != sizeof block)
      SKIP("no room for a file of %d MiB", MIB);
  close(fd);
}

int main(void) {
  scratch();
  deadline(60, "hangs");
  if (!private_mounts()) SKIP("needs root: a mount namespace");
  mkdir("fs", 0755);
  if (mount("tmpfs", "fs", "tmpfs", 0, "size=700m") || chdir("fs"))
    SKIP("no tmpfs: %s", strerror(errno));

  fill("big");
  int fd = open("big", O_RDONLY);
  unlink("big");
  double before = clock_ms(CLOCK_THREAD_CPUTIME_ID);
  close(fd);
  double cost = clock_ms(CLOCK_THREAD_CPUTIME_ID) - before;
  if (cost < 20) SKIP("close(2) takes %.1f ms only", cost);

  begin_ticks();
  fill("big");
  for (int i = 0; i < 100; i++) close_async((int)open_async("big"));
  fd = (int)open_async("big");
  unlink("big");
  before = clock_ms(CLOCK_THREAD_CPUTIME_ID);
  CHECK(close_async(fd) == 0, "uv_fs_close fails");
  double used = clock_ms(CLOCK_THREAD_CPUTIME_ID) - before;
  CHECK(used < cost / 3,
        "the loop's thread worked for %.0f ms (close(2) takes %.0f ms)", used,
        cost);
  return 0;
}
