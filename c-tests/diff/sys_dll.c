/* Shared libraries: what fails, the messages, and what they leave. */
#include "trace.h"

static void asked(uv_lib_t *lib, const char *symbol) {
  void *at = &at;
  int r = uv_dlsym(lib, symbol, &at);
  say("%s -> %d, %s, message %s the symbol, blocks %ld", symbol, r,
      at ? "found" : "null",
      strstr(uv_dlerror(lib), symbol) ? "with" : "without", outstanding);
}

int main(void) {
  uv_lib_t lib, twice;
  begin();
  memset(&lib, 0xEE, sizeof lib);
  say("%d", uv_dlopen("/no/such/library.so", &lib));
  say("\"%s\", handle %d", uv_dlerror(&lib), lib.handle != NULL);
  say("blocks %ld", outstanding);
  uv_dlclose(&lib);
  say("closed: \"%s\", blocks %ld", uv_dlerror(&lib), outstanding);
  uv_dlclose(&lib);

  say("%d", uv_dlopen("", &lib));
  say("handle %d", lib.handle != NULL);
  uv_dlclose(&lib);

  say("%d", uv_dlopen("libm.so.6", &lib));
  say("%d", uv_dlopen("libm.so.6", &twice));
  say("the same %d", lib.handle == twice.handle);
  asked(&lib, "cos");
  asked(&lib, "no_such_symbol");
  asked(&lib, "another_one");
  asked(&lib, "cos");
  asked(&lib, "");
  uv_dlclose(&lib);
  asked(&twice, "sin");
  uv_dlclose(&twice);

  say("%d", uv_dlopen(NULL, &lib));
  asked(&lib, "malloc");
  uv_dlclose(&lib);
  leftovers();
  return 0;
}
