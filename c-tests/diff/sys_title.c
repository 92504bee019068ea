/* The process title: before and after uv_setup_args, sizes, cutting, the copy. */
#include "trace.h"

#include <sys/prctl.h>

static void shown(const char *when) {
  char text[256], own[256], command[32];
  ssize_t n;
  int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), i;
  SYS(fd);
  n = read(fd, own, sizeof own - 1);
  close(fd);
  SYS((int) n);
  own[n] = 0;
  SYS(prctl(PR_GET_NAME, command));
  memset(text, '#', sizeof text);
  i = uv_get_process_title(text, sizeof text);
  say("%s: %s \"%s\", kernel \"%s\", thread \"%s\"", when, name(i), text, own,
      command);
}

int main(int argc, char **argv) {
  char **copy, text[64], longer[4096];
  static char *nothing[] = {NULL};
  size_t room = 0, size;
  int i;

  if (argc == 1) {
    execl(argv[0], "sys_title", "first argument", "", "second",
          (char *) NULL);
    broken("exec");
  }
  begin();
  for (i = 0; i < argc; i++) room += strlen(argv[i]) + 1;

  TRY(uv_get_process_title(text, sizeof text));
  TRY(uv_get_process_title(NULL, sizeof text));
  TRY(uv_get_process_title(text, 0));
  TRY(uv_set_process_title("too early"));
  say("%d", uv_setup_args(0, nothing) == nothing);
  say("%d", uv_setup_args(-1, argv) == argv);
  TRY(uv_set_process_title("too early"));

  copy = uv_setup_args(argc, argv);
  say("a copy %d", copy != argv);
  for (i = 0; i < argc; i++) say("%s %d", copy[i], copy[i] != argv[i]);
  say("ends %d, blocks %ld", copy[argc] == NULL, outstanding);
  shown("before");

  TRY(uv_set_process_title("new title"));
  shown("new");
  for (size = 8; size < 12; size++) {
    memset(text, '#', sizeof text);
    show("get", uv_get_process_title(text, size));
    say("%.12s", text);
  }
  TRY(uv_set_process_title(""));
  shown("empty");
  memset(longer, 'x', sizeof longer);
  longer[sizeof longer - 1] = 0;
  TRY(uv_set_process_title(longer));
  TRY(uv_get_process_title(longer, sizeof longer));
  say("cut to the room %d", strlen(longer) == room - 1);
  longer[room - 2] = 0;
  TRY(uv_set_process_title(longer));
  TRY(uv_get_process_title(longer, sizeof longer));
  say("one less %d", strlen(longer) == room - 2);
  say("the copy is as it was: %s %s", copy[0], copy[1]);
  uv_library_shutdown();
  TRY(uv_get_process_title(text, sizeof text));
  TRY(uv_set_process_title("too late"));
  leftovers();
  return 0;
}
