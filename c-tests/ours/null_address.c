/* A null address where one is needed.
 *
 * libuv 1.53.0: uv_tcp_bind() and uv_tcp_connect() answer UV_EINVAL, uv_udp_bind() crashes.
 * right: UV_EINVAL from all of them.
 */
#include "check.h"

int main(void) {
  uv_loop_t loop;
  uv_tcp_t tcp;
  uv_udp_t udp;
  uv_connect_t connect;
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init fails");
  uv_tcp_init(&loop, &tcp);
  uv_udp_init(&loop, &udp);
  CHECK(uv_udp_bind(&udp, NULL, 0) == UV_EINVAL, "uv_udp_bind takes null");
  CHECK(uv_tcp_bind(&tcp, NULL, 0) == UV_EINVAL, "uv_tcp_bind takes null");
  CHECK(uv_tcp_connect(&connect, &tcp, NULL, NULL) == UV_EINVAL, "uv_tcp_connect takes null");
  uv_close((uv_handle_t *)&tcp, NULL);
  uv_close((uv_handle_t *)&udp, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "the loop cannot be closed");
  return 0;
}
