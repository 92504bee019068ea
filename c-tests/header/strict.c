/* The header by itself, in the strictest C, and with standard headers before it. */
#include "uv.h"
#include "uv.h"
#include "uvx.h"
#include "uvx.h"

#define XX(code, message) {UV_##code, #code, message},
static const struct {
  int value;
  const char* name;
  const char* message;
} errors[] = {UV_ERRNO_MAP(XX)};
#undef XX

struct extended {
  UV_HANDLE_FIELDS
  int more;
};

#define XX(kind, name) + sizeof(uv_##name##_t) * (UV_##kind != UV_UNKNOWN_HANDLE)
static size_t handles(void) {
  return 0 UV_HANDLE_TYPE_MAP(XX);
}
#undef XX

#define XX(kind, name) + sizeof(uv_##name##_t) * (UV_##kind != UV_UNKNOWN_REQ)
static size_t requests(void) {
  return 0 UV_REQ_TYPE_MAP(XX);
}
#undef XX

int main(void) {
  uv_once_t once = UV_ONCE_INIT;
  uv_write_t write;
  union uv_any_handle any;
  uv_run_mode mode = UV_RUN_DEFAULT;
  uv_buf_t buf = {0, 0};
  write.write_extra.nwritten = buf.len;
  any.handle.u.fd = 0;
  return (int) (write.write_extra.nwritten + sizeof(struct extended) +
                sizeof(errors) + handles() + requests() + (size_t) mode +
                (size_t) once + (size_t) any.handle.u.fd +
                (UV_FS_UTIME_NOW > 0));
}
