/* Every call that fills a buffer: null pointers, no room, too little, just enough. */
#include "trace.h"

#include <pwd.h>

typedef int (*filler)(char *, size_t *);

static int get_env(char *b, size_t *n) { return uv_os_getenv("SYS_VALUE", b, n); }
static int get_name(char *b, size_t *n) { return uv_if_indextoname(1, b, n); }

static void fills(const char *what, filler fill) {
  char full[4096], text[4096];
  size_t n, size = sizeof full;
  say("== %s", what);
  TRY(fill(NULL, &size));
  TRY(fill(full, NULL));
  TRY(fill(NULL, NULL));
  size = 0;
  TRY(fill(full, &size));
  say("size %d", (int) size);
  size = sizeof full;
  if (TRY(fill(full, &size)) != 0) return;
  say("size says %s", size == strlen(full) ? "the length" : "something else");
  for (n = 1; n <= strlen(full) + 2; n++) {
    int r;
    memset(text, '#', sizeof text);
    size = n;
    r = fill(text, &size);
    say("%s: %s, size %+d, %s, %s",
        n <= strlen(full) ? "short" : "enough", name(r),
        (int) ((ssize_t) size - (ssize_t) strlen(full)),
        text[0] == '#'                     ? "untouched"
        : memcmp(text, full, size)         ? "something else"
        : text[size] == 0                  ? "the text"
                                           : "no end",
        text[n] == '#' ? "within" : "BEYOND");
  }
}

int main(void) {
  char dir[TEMPORARY];
  char text[4096];
  size_t size;

  begin();
  temporary_dir(dir);
  MUST(uv_os_setenv("SYS_VALUE", "a value"));
  fills("getenv", get_env);
  MUST(uv_os_setenv("SYS_VALUE", ""));
  fills("getenv, empty", get_env);
  MUST(uv_os_unsetenv("SYS_VALUE"));
  fills("getenv, none", get_env);
  fills("if_indextoname", get_name);
  fills("gethostname", uv_os_gethostname);

  MUST(uv_os_setenv("HOME", "/home/of/somebody/"));
  fills("homedir", uv_os_homedir);
  MUST(uv_os_setenv("HOME", ""));
  fills("homedir, empty", uv_os_homedir);
  MUST(uv_os_unsetenv("HOME"));
  size = sizeof text;
  show("homedir, of the database", uv_os_homedir(text, &size) == 0 ||
                                       getpwuid(geteuid()) == NULL);

  MUST(uv_os_setenv("TMPDIR", "/tmp/of/somebody"));
  MUST(uv_os_setenv("TMP", "/second"));
  MUST(uv_os_setenv("TEMP", "/third"));
  MUST(uv_os_setenv("TEMPDIR", "/fourth"));
  fills("tmpdir", uv_os_tmpdir);
  MUST(uv_os_setenv("TMPDIR", "/tmp/slash/"));
  fills("tmpdir, slash", uv_os_tmpdir);
  MUST(uv_os_setenv("TMPDIR", "/tmp/slashes//"));
  fills("tmpdir, slashes", uv_os_tmpdir);
  MUST(uv_os_setenv("TMPDIR", "/"));
  fills("tmpdir, root", uv_os_tmpdir);
  MUST(uv_os_setenv("TMPDIR", ""));
  fills("tmpdir, empty", uv_os_tmpdir);
  MUST(uv_os_unsetenv("TMPDIR"));
  fills("TMP", uv_os_tmpdir);
  MUST(uv_os_unsetenv("TMP"));
  fills("TEMP", uv_os_tmpdir);
  MUST(uv_os_unsetenv("TEMP"));
  fills("TEMPDIR", uv_os_tmpdir);
  MUST(uv_os_unsetenv("TEMPDIR"));
  fills("tmpdir, none", uv_os_tmpdir);

  fills("exepath", uv_exepath);
  MUST(uv_chdir(dir));
  fills("cwd", uv_cwd);
  SYS(rmdir(dir));
  fills("cwd, removed", uv_cwd);
  MUST(uv_chdir("/"));
  fills("cwd, root", uv_cwd);
  TRY(uv_chdir("/no/such/directory"));
  TRY(uv_chdir(""));
  TRY(uv_chdir("/proc/self/exe"));
  leftovers();
  return 0;
}
