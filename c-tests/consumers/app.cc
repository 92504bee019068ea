// The same from C++: the header must be C++, and its functions must link as C.
#include <cstdio>
#include <cstring>
#include <string>
#include <uv.h>

int main() {
  uv_loop_t loop;
  uv_timer_t timer;
  std::string fired;

  if (uv_loop_init(&loop) != 0 || uv_timer_init(&loop, &timer) != 0)
    return 1;
  timer.data = &fired;
  auto on_timer = [](uv_timer_t* handle) {
    *static_cast<std::string*>(handle->data) += "once";
    uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
  };
  if (uv_timer_start(&timer, on_timer, 1, 0) != 0)
    return 2;
  if (uv_run(&loop, UV_RUN_DEFAULT) != 0 || uv_loop_close(&loop) != 0 || fired != "once")
    return 3;
  if (uv_version() != UV_VERSION_HEX || std::strcmp(uv_err_name(UV_EOF), "EOF") != 0)
    return 4;
  std::printf("C++ on libuv %s\n", uv_version_string());
  return 0;
}
