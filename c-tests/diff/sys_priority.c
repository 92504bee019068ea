/* Process ids and priorities. */
#include "trace.h"

int main(void) {
  int p = 99, status;
  pid_t child, self = getpid();

  begin();
  say("%d %d", uv_os_getpid() == getpid(), uv_os_getppid() == getppid());
  TRY(uv_os_getpriority(0, NULL));
  TRY(uv_os_getpriority(0, &p));
  say("%d", p);
  TRY(uv_os_getpriority(2000000000, &p));
  TRY(uv_os_getpriority(-1, &p));
  TRY(uv_os_setpriority(0, UV_PRIORITY_HIGHEST - 1));
  TRY(uv_os_setpriority(0, UV_PRIORITY_LOW + 1));
  TRY(uv_os_setpriority(2000000000, 0));
  TRY(uv_os_setpriority(self, 3));
  TRY(uv_os_getpriority(self, &p));
  say("%d", p);
  TRY(uv_os_setpriority(0, UV_PRIORITY_BELOW_NORMAL));
  TRY(uv_os_getpriority(0, &p));
  say("%d", p);
  child = fork();
  if (child == 0) {
    say("child: %d %d", uv_os_getpid() == getpid(), uv_os_getppid() == self);
    TRY(uv_os_setpriority(0, UV_PRIORITY_LOW));
    TRY(uv_os_getpriority(0, &p));
    say("%d", p);
    _exit(0);
  }
  SYS(child);
  SYS(waitpid(child, &status, 0));
  TRY(uv_os_getpriority(0, &p));
  say("%d", p);
  leftovers();
  return 0;
}
