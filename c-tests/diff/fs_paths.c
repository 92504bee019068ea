/* Paths as answers: long links, loops of links, made-up names and their templates. */
#include "files.h"

static uv_fs_t req;

static void answer(const char *what, int r) {
  const char *text = r < 0 || !req.ptr ? "-" : below(req.ptr);
  size_t n = strlen(text);
  if (n > 60)
    say("%s -> %s, %lu bytes, ends in %s", what, name(r), (unsigned long) n,
        text + n - 5);
  else
    say("%s -> %s, %s", what, name(r), text);
  uv_fs_req_cleanup(&req);
}

static void temporary(const char *kind, const char *template, int r) {
  const char *made = req.path;
  struct stat s;
  size_t n = made ? strlen(made) : 0;
  say("%s %s -> %s", kind, template, r > 0 ? "a descriptor" : name(r));
  if (r >= 0) {
    say("  same length %d, changed %d, another string %d",
        n == strlen(template), strcmp(made, template) != 0, made != template);
    SYS(stat(made, &s));
    say("  mode %o", s.st_mode);
    if (r > 0) {
      say("  close-on-exec %d", (fcntl(r, F_GETFD) & FD_CLOEXEC) != 0);
      say("  access mode %d", fcntl(r, F_GETFL) & O_ACCMODE);
      close(r);
    }
  } else if (kind[2] == 's') {
    say("  path \"%s\"", made);
  }
  uv_fs_req_cleanup(&req);
  say("  path after cleanup %s", req.path ? "set" : "null");
}

#define MKSTEMP(t) temporary("mkstemp", t, uv_fs_mkstemp(NULL, &req, t, NULL))
#define MKDTEMP(t) temporary("mkdtemp", t, uv_fs_mkdtemp(NULL, &req, t, NULL))

int main(void) {
  uv_loop_t loop;
  char text[4096];
  static const int sizes[] = {1, 254, 255, 256, 257, 2047, 2048, 2049, 4094, 4095};
  int i;
  begin();
  enter_scratch();
  umask(022);
  MUST(uv_loop_init(&loop));

  for (i = 0; i < COUNT(sizes); i++) {
    memset(text, 'x', sizeof text);
    text[sizes[i]] = 0;
    text[sizes[i] - 1] = 'y';
    unlink("long");
    SYS(symlink(text, "long"));
    answer("readlink", uv_fs_readlink(NULL, &req, "long", NULL));
  }
  make_file("f", "");
  answer("readlink of a file", uv_fs_readlink(NULL, &req, "f", NULL));
  answer("readlink of nothing", uv_fs_readlink(NULL, &req, "none", NULL));

  SYS(mkdir("d", 0700));
  SYS(symlink("..", "d/up"));
  SYS(symlink("loop2", "loop1"));
  SYS(symlink("loop1", "loop2"));
  answer("realpath .", uv_fs_realpath(NULL, &req, ".", NULL));
  answer("realpath dots", uv_fs_realpath(NULL, &req, "./d//up/./d/../f", NULL));
  answer("realpath loop", uv_fs_realpath(NULL, &req, "loop1", NULL));
  answer("realpath below a file", uv_fs_realpath(NULL, &req, "f/x", NULL));
  answer("realpath of no text", uv_fs_realpath(NULL, &req, "", NULL));
  answer("realpath /", uv_fs_realpath(NULL, &req, "//", NULL));
  SYNC(&req, uv_fs_stat(NULL, &req, "loop1", NULL));
  SYNC(&req, uv_fs_open(NULL, &req, "loop1", O_RDONLY, 0, NULL));
  memset(text, 'n', 300);
  text[300] = 0;
  SYNC(&req, uv_fs_open(NULL, &req, text, O_RDONLY, 0, NULL));

  MKSTEMP("tXXXXXX");
  MKSTEMP("d/fileXXXXXX");
  MKSTEMP("XXXXXX");
  MKSTEMP("tXXXXX");
  MKSTEMP("tXXXXXXs");
  MKSTEMP("");
  MKSTEMP("none/tXXXXXX");
  MKDTEMP("tXXXXXX");
  MKDTEMP("XXXXXX");
  MKDTEMP("tXXXXX");
  MKDTEMP("");
  MKDTEMP("none/tXXXXXX");
  leave_scratch();
  return finish(&loop);
}
