/* Calls that allocate, when there is no memory: an error, and nothing is lost. */
#include "trace.h"

static int left;

static void *fail_malloc(size_t n) {
  return left-- > 0 ? counted_malloc(n) : NULL;
}
static void *fail_calloc(size_t n, size_t m) {
  return left-- > 0 ? counted_calloc(n, m) : NULL;
}
static void *fail_realloc(void *p, size_t n) {
  return left-- > 0 ? counted_realloc(p, n) : NULL;
}

static int cpus(void) {
  uv_cpu_info_t *list;
  int n, r = uv_cpu_info(&list, &n);
  if (r == 0) uv_free_cpu_info(list, n);
  return r;
}
static int interfaces(void) {
  uv_interface_address_t *list;
  int n, r = uv_interface_addresses(&list, &n);
  if (r == 0)
    uv_free_interface_addresses(list, n);
  else
    say("%d", list == NULL);
  return r;
}
static int user(void) {
  uv_passwd_t entry;
  int r = uv_os_get_passwd2(&entry, 0);
  if (r == 0) uv_os_free_passwd(&entry);
  return r;
}
static int group(void) {
  uv_group_t entry;
  int r = uv_os_get_group(&entry, 0);
  if (r == 0) uv_os_free_group(&entry);
  return r;
}
static int env(void) {
  uv_env_item_t *list;
  int n, r = uv_os_environ(&list, &n);
  if (r == 0)
    uv_os_free_environ(list, n);
  else
    say("%d %d", list == NULL, n);
  return r;
}
static int text(void) {
  static const uint16_t units[] = {'a', 0};
  char *made = NULL;
  int r = uv_utf16_to_wtf8(units, -1, &made, NULL);
  if (r == 0) counted_free(made);
  return r;
}

/* With ever more memory, until it works. */
static void tried(const char *what, int (*call)(void)) {
  int n, r = UV_ENOMEM, others = 0;
  left = 0;
  show(what, call());
  for (n = 1; n < 1000 && r != 0; n++) {
    left = n;
    r = call();
    others += r != 0 && r != UV_ENOMEM;
    if (outstanding != 0) {
      say("LOST: %ld", outstanding);
      outstanding = 0;
    }
  }
  say("in the end %s, other errors %d", name(r), others);
}

int main(void) {
  uv_lib_t lib;
  begin();
  MUST(uv_replace_allocator(fail_malloc, fail_realloc, fail_calloc,
                            counted_free));
  tried("cpu_info", cpus);
  tried("interface_addresses", interfaces);
  tried("get_passwd", user);
  tried("get_group", group);
  clearenv();
  left = 1000;
  MUST(setenv("A", "1", 1));
  MUST(setenv("B", "2", 1));
  tried("environ", env);
  tried("utf16_to_wtf8", text);

  left = 0;
  TRY(uv_dlopen("/no/such/library.so", &lib));
  say("%s", uv_dlerror(&lib));
  uv_dlclose(&lib);
  say("%s", uv_err_name(4711));
  say("%s", uv_strerror(4711));

  TRY(uv_replace_allocator(NULL, fail_realloc, fail_calloc, counted_free));
  TRY(uv_replace_allocator(fail_malloc, NULL, fail_calloc, counted_free));
  TRY(uv_replace_allocator(fail_malloc, fail_realloc, NULL, counted_free));
  TRY(uv_replace_allocator(fail_malloc, fail_realloc, fail_calloc, NULL));
  leftovers();
  return 0;
}
