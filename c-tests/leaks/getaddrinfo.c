/* Looks up a literal address, and a literal that is none. */
#include "rounds.h"

static uv_getaddrinfo_t request, other;
static int found;

static void on_found(uv_getaddrinfo_t* req, int status, struct addrinfo* list) {
  CHECK(req == &request && status == 0 && list != NULL);
  found++;
  uv_freeaddrinfo(list);
}

static void on_error(uv_getaddrinfo_t* req, int status, struct addrinfo* list) {
  CHECK(req == &other && status < 0 && list == NULL);
  found++;
}

static void set_up(uv_loop_t* loop) {
  (void) loop;
}

static void one_round(uv_loop_t* loop) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
  int before = found;
  CHECK(uv_getaddrinfo(loop, &request, on_found, "127.0.0.1", "80", &hints) == 0);
  CHECK(uv_getaddrinfo(loop, &other, on_error, "127.0.0.x", "80", &hints) == 0);
  CHECK(uv_run(loop, UV_RUN_DEFAULT) == 0);
  CHECK(found == before + 2);
}
