// The header by itself in C++: structures, casts between handles, enums, overloads.
#include "uv.h"
#include "uv.h"
#include "uvx.h"
#include "uvx.h"

namespace {

#define XX(kind, name) static_assert(UV_##kind != UV_UNKNOWN_HANDLE, #name);
UV_HANDLE_TYPE_MAP(XX)
#undef XX

struct Owner {
  uv_tcp_t tcp;
  uv_write_t write;
  uv_any_handle any;
  uv_any_req any_request;
};

void on_close(uv_handle_t* handle) { handle->data = nullptr; }

}  // namespace

int main() {
  uv_close_cb callback = on_close;
  uv_handle_type type = UV_TCP;
  uv_tcp_flags flags = UV_TCP_IPV6ONLY;
  const uv_process_flags process = UV_PROCESS_DETACHED;
  Owner* owner = nullptr;
  uv_stream_t* stream = reinterpret_cast<uv_stream_t*>(&owner->tcp);
  return callback == nullptr || type == UV_UDP || flags == 0 || process == 0 ||
         stream == nullptr || owner->write.write_extra.nwritten == 1;
}
