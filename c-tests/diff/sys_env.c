/* The environment: setting, listing, entries that are no variables. */
#include "trace.h"

extern char **environ;

static void listed(const char *when) {
  uv_env_item_t *items;
  int i, count;
  say("%s: %s", when, name(uv_os_environ(&items, &count)));
  say("%d, %s", count, items ? "a list" : "no list");
  for (i = 0; i < count; i++) say("\"%s\" is \"%s\"", items[i].name, items[i].value);
  uv_os_free_environ(items, count);
}

int main(void) {
  static char *odd[] = {"A=1",     "novalue", "=empty name", "B=",
                        "C=x=y=z", "",        "=",           "A=again", NULL};
  static char *none[] = {NULL};
  static char *just_odd[] = {"novalue", NULL};
  char text[32];
  size_t size;

  begin();
  environ = odd;
  listed("odd ones");
  size = sizeof text;
  TRY(uv_os_getenv("A", text, &size));
  say("%s", text);
  size = sizeof text;
  TRY(uv_os_getenv("novalue", text, &size));
  size = sizeof text;
  TRY(uv_os_getenv("", text, &size));
  size = sizeof text;
  TRY(uv_os_getenv("C=x", text, &size));
  TRY(uv_os_getenv(NULL, text, &size));
  environ = just_odd;
  listed("no variable");
  environ = none;
  listed("none");

  TRY(uv_os_setenv("A", "1"));
  TRY(uv_os_setenv("B", ""));
  TRY(uv_os_setenv("A", "2"));
  TRY(uv_os_setenv("", "x"));
  TRY(uv_os_setenv("A=B", "x"));
  TRY(uv_os_setenv(NULL, "x"));
  TRY(uv_os_setenv("A", NULL));
  listed("two");
  TRY(uv_os_unsetenv("A"));
  TRY(uv_os_unsetenv("A"));
  TRY(uv_os_unsetenv(""));
  TRY(uv_os_unsetenv("A=B"));
  TRY(uv_os_unsetenv(NULL));
  listed("one");
  uv_os_free_environ(NULL, 0);
  leftovers();
  return 0;
}
