/* What was local and quick a moment ago is on a slow file system now: a path, because
 * a link or a mount has changed; a device number, because another mount has it; a
 * descriptor's number, because it was closed and opened anew. And an overlay over a
 * slow file system.
 *
 * libuv 1.53.0: all waits are in the thread pool.
 * right: none is on the loop's thread.
 */
#include "fuse.h"

/* Everything with a slow file. */
static void use_slowly(const char *path) {
  slow_fuse(1);
  use_file(path);
  slow_fuse(0);
}

/* A path of which the last part but one is a link. */
static void changed_link(void) {
  CHECK(symlink("local", "link") == 0, "symlink: %s", strerror(errno));
  warm_up("link/file");
  CHECK(symlink("slow", "new") == 0, "symlink: %s", strerror(errno));
  CHECK(rename("new", "link") == 0, "rename: %s", strerror(errno));
  use_slowly("link/file");
  NO_WAIT("a changed link");
}

static void changed_mount(void) {
  mkdir("here", 0755);
  put_file("here/file", "hello");
  warm_up("here/file");
  if (mount("slow", "here", NULL, MS_BIND, NULL)) SKIP("no bind mount");
  use_slowly("here/file");
  NO_WAIT("a changed mount");
  umount2("here", MNT_DETACH);
}

static dev_t device_of(const char *path) {
  struct stat s;
  CHECK(stat(path, &s) == 0, "stat: %s", strerror(errno));
  return s.st_dev;
}

/* The kernel gives the number of an unmounted tmpfs to the next that needs one. */
static void same_device(void) {
  own_tmpfs("number");
  put_file("number/file", "hello");
  dev_t first = device_of("number");
  warm_up("number/file");
  CHECK(umount("number") == 0, "umount: %s", strerror(errno));
  own_fuse("number");
  if (device_of("number/file") == first) {
    use_slowly("number/file");
    NO_WAIT("a device number that is used again");
  }
  umount2("number", MNT_DETACH);
}

static void same_descriptor(void) {
  char text[8];
  for (int i = 0; i < 100; i++) {
    int fd = (int)open_async("local/file");
    int slow = open("slow/file", O_RDONLY);
    CHECK(fd >= 0 && slow >= 0, "open fails");
    CHECK(read_async(fd, text, 5, 0) == 5, "read fails");
    if (i == 99) {
      dup2(slow, fd);
      slow_fuse(1);
      CHECK(fstat_async(fd) == 0, "fstat fails");
      CHECK(read_async(fd, text, 5, 0) == 5, "read fails");
      CHECK(memcmp(text, "fused", 5) == 0, "the wrong file is read");
    }
    CHECK(close_async(fd) == 0, "close fails");
    slow_fuse(0);
    close(slow);
  }
  NO_WAIT("a descriptor that is used again");
}

static void overlay(void) {
  mkdir("upper", 0755);
  mkdir("work", 0755);
  mkdir("over", 0755);
  if (mount("over", "over", "overlay", 0,
            "lowerdir=slow,upperdir=upper,workdir=work"))
    SKIP("no overlay over FUSE: %s", strerror(errno));
  warm_up("over/file");
  use_slowly("over/file");
  NO_WAIT("an overlay");
}

int main(void) {
  scratch();
  deadline(60, "hangs");
  if (!private_mounts()) SKIP("needs root: a mount namespace");
  own_tmpfs("all");
  CHECK(chdir("all") == 0, "chdir");
  mkdir("local", 0755);
  put_file("local/file", "hello");
  own_fuse("slow");
  begin_ticks();
  changed_link();
  changed_mount();
  same_device();
  same_descriptor();
  overlay();
  return 0;
}
