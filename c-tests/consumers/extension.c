/* Uses an extension by its header. */
#include <stdio.h>
#include <uvx.h>

#if UVX_VERSION_HEX < 0x010000
# error "an old uvx.h"
#endif

int main(void) {
  if (uvx_version() < UVX_VERSION_HEX || uvx_run_for(uv_default_loop(), 0) != 0)
    return 1;
  printf("C on libuv %s\n", uv_version_string());
  return uv_loop_close(uv_default_loop());
}
