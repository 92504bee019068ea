/* Names, messages and sizes: errors known and unknown, handles, requests. */
#include "trace.h"

int main(void) {
  static const int sizes[] = {0, 1, 2, 5, 8, 40};
  char b[64];
  int i, k;
  begin();
  say("version %u %s", uv_version(), uv_version_string());
  for (i = -5000; i <= 100; i++) {
    char n[80], s[120];
    memset(n, 0, sizeof n);
    memset(s, 0, sizeof s);
    say("%d %s | %s", i, uv_err_name_r(i, n, sizeof n), uv_strerror_r(i, s, sizeof s));
    if (strncmp(n, "Unknown", 7) != 0) {
      say("  %s | %s", uv_err_name(i), uv_strerror(i));
    }
  }
  for (i = 0; i < 200; i++) say("sys %d -> %d", i, uv_translate_sys_error(i));
  say("sys -5 -> %d", uv_translate_sys_error(-5));
  for (k = 0; k < COUNT(sizes); k++) {
    static const int codes[] = {UV_EOF, UV_EADDRNOTAVAIL, -12345, 0};
    for (i = 0; i < COUNT(codes); i++) {
      memset(b, '~', sizeof b);
      uv_err_name_r(codes[i], b, sizes[k]);
      b[63] = 0;
      say("name_r %d in %d: %.20s", codes[i], sizes[k], b);
      memset(b, '~', sizeof b);
      uv_strerror_r(codes[i], b, sizes[k]);
      b[63] = 0;
      say("strerror_r %d in %d: %.45s", codes[i], sizes[k], b);
    }
  }
  for (i = -2; i < 25; i++) {
    const char *h = uv_handle_type_name((uv_handle_type) i);
    const char *r = uv_req_type_name((uv_req_type) i);
    say("type %d: handle %s %d, request %s %d", i, h ? h : "null",
        (int) uv_handle_size((uv_handle_type) i), r ? r : "null",
        (int) uv_req_size((uv_req_type) i));
  }
  return 0;
}
