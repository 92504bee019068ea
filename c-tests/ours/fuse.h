/* A file system that another process serves (FUSE, without a library): one file of
 * five bytes named "file". Once slow_fuse() has been called each answer takes
 * SLOW_MS. The kernel may keep names, but asks for the status each time.
 */
#ifndef FUSE_H
#define FUSE_H
#include "ticks.h"

#include <linux/fuse.h>
#include <sys/mman.h>

static atomic_int *fuse_is_slow_;

static inline void slow_fuse(int on) { atomic_store(fuse_is_slow_, on); }

static inline void fuse_attr_(struct fuse_attr *a, uint64_t node) {
  memset(a, 0, sizeof *a);
  a->ino = node;
  a->mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0644;
  a->nlink = 1;
  a->size = node == 1 ? 0 : 5;
  a->blksize = 4096;
}

static inline void fuse_answer_(int dev, uint64_t unique, int error,
                                const void *body, size_t size) {
  char out[4096];
  struct fuse_out_header *h = (void *)out;
  if (error) size = 0;
  h->len = (uint32_t)(sizeof *h + size);
  h->error = error;
  h->unique = unique;
  if (size) memcpy(out + sizeof *h, body, size);
  if (write(dev, out, h->len) < 0 && errno == ENODEV) _exit(0);
}

static inline void fuse_serve_(int dev, struct fuse_in_header *in) {
  union {
    struct fuse_init_out init;
    struct fuse_entry_out entry;
    struct fuse_attr_out attr;
    struct fuse_open_out open;
    struct fuse_statfs_out statfs;
    char text[8];
  } out;
  size_t size = 0;
  int error = 0;
  memset(&out, 0, sizeof out);
  switch (in->opcode) {
    case FUSE_INIT:
      out.init.major = 7;
      out.init.minor = 31;
      out.init.max_write = 65536;
      size = sizeof out.init;
      break;
    case FUSE_LOOKUP:
      if (strcmp((char *)(in + 1), "file")) error = -ENOENT;
      out.entry.nodeid = 2;
      out.entry.entry_valid = 1000;
      fuse_attr_(&out.entry.attr, 2);
      size = sizeof out.entry;
      break;
    case FUSE_GETATTR:
      fuse_attr_(&out.attr.attr, in->nodeid);
      size = sizeof out.attr;
      break;
    case FUSE_OPEN:
    case FUSE_OPENDIR:
      size = sizeof out.open;
      break;
    case FUSE_READ: {
      struct fuse_read_in *r = (void *)(in + 1);
      memcpy(out.text, "fused", 5);
      size = r->offset == 0 ? 5 : 0;
      break;
    }
    case FUSE_STATFS:
      size = sizeof out.statfs;
      break;
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
      break;
    default:
      error = -ENOSYS;
  }
  fuse_answer_(dev, in->unique, error, &out, size);
}

/* Mounts one at `path`; it is gone with this process. */
static inline void own_fuse(const char *path) {
  char options[128];
  int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (dev < 0) SKIP("no /dev/fuse: %s", strerror(errno));
  if (!fuse_is_slow_)
    fuse_is_slow_ = mmap(NULL, sizeof *fuse_is_slow_, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  snprintf(options, sizeof options,
           "fd=%d,rootmode=40755,user_id=%u,group_id=%u,default_permissions",
           dev, getuid(), getgid());
  if (mkdir(path, 0755) && errno != EEXIST) SKIP("mkdir: %s", strerror(errno));
  if (mount("check", path, "fuse", MS_NOSUID | MS_NODEV, options))
    SKIP("no FUSE: %s", strerror(errno));
  if (fork() == 0) {
    static char in[1 << 17];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      ssize_t n = read(dev, in, sizeof in);
      struct fuse_in_header *header = (void *)in;
      if (n < 0 && errno != EINTR) _exit(0);
      if (n < (ssize_t)sizeof *header) continue;
      if (header->opcode == FUSE_FORGET || header->opcode == FUSE_BATCH_FORGET)
        continue;
      if (atomic_load(fuse_is_slow_)) usleep(SLOW_MS * 1000);
      fuse_serve_(dev, header);
    }
  }
  close(dev);
}
#endif
