/* Every error's name and message, of any number, in any room. */
#include "trace.h"

#include <limits.h>

/* A text for an unknown number is allocated and never freed, by contract: it is
 * kept here, so that a leak checker knows that we know. */
static const char *keep(const char *text) {
  static const char *volatile kept[400];
  static int n;
  if (n == COUNT(kept)) broken("too many texts to keep");
  kept[n++] = text;
  return text;
}

static void both(int err) {
  char text[64];
  say("%d: %s, %s", err, uv_err_name_r(err, text, sizeof text),
      keep(uv_strerror(err)));
  say("%d: %s, %s", err, keep(uv_err_name(err)),
      uv_strerror_r(err, text, sizeof text));
}

int main(void) {
  static const int unknown[] = {0, 1, -500, -3500, 12345, -5000, INT_MAX};
  char text[64];
  size_t size;
  int i, named = 0;

  begin();
#define XX(code, _) both(UV_##code);
  UV_ERRNO_MAP(XX)
#undef XX
  for (i = -6000; i <= 200; i++)
    named += strncmp(uv_err_name_r(i, text, sizeof text), "Unknown", 7) != 0;
  say("%d numbers have a name", named);

  for (size = 0; size < 20; size++) {
    memset(text, '#', sizeof text);
    say("%d %.24s", uv_err_name_r(UV_EADDRINUSE, text, size) == text, text);
    memset(text, '#', sizeof text);
    say("%d %.24s", uv_strerror_r(UV_EADDRINUSE, text, size) == text, text);
    memset(text, '#', sizeof text);
    say("%d %.24s", uv_strerror_r(4711, text, size) == text, text);
  }
  say("%s", uv_err_name_r(INT_MIN, text, sizeof text));
  say("%s", uv_strerror_r(INT_MIN, text, sizeof text));
  say("nothing of that allocates: %ld", outstanding);
  for (i = 0; i < COUNT(unknown); i++) both(unknown[i]);
  say("a text for each unknown one: %ld", outstanding);
  say("%d", keep(uv_err_name(4711)) == keep(uv_err_name(4711)));
  say("%d", uv_err_name(UV_EOF) == uv_err_name(UV_EOF));

  for (i = -3; i <= 140; i++) show("translate", uv_translate_sys_error(i));
  show("translate", uv_translate_sys_error(INT_MAX));
  show("translate", uv_translate_sys_error(INT_MIN));
  show("translate", uv_translate_sys_error(UV_EOF));

  say("version %x %s", uv_version(), uv_version_string());
  return 0;
}
