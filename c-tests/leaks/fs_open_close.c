/* Opens and closes a file by way of the pool, and one that is not there. */
#include "rounds.h"

static uv_fs_t request, other;

static void on_close(uv_fs_t* req) {
  CHECK(req->result == 0);
  uv_fs_req_cleanup(req);
}

static void on_open(uv_fs_t* req) {
  uv_file file = (uv_file) req->result;
  uv_loop_t* loop = req->loop;
  CHECK(file >= 0);
  uv_fs_req_cleanup(req);
  CHECK(uv_fs_close(loop, req, file, on_close) == 0);
}

static void on_error(uv_fs_t* req) {
  CHECK(req->result == UV_ENOENT);
  uv_fs_req_cleanup(req);
}

static void set_up(uv_loop_t* loop) {
  (void) loop;
}

static void one_round(uv_loop_t* loop) {
  CHECK(uv_fs_open(loop, &request, "/dev/null", UV_FS_O_RDONLY, 0, on_open) == 0);
  CHECK(uv_fs_open(loop, &other, "/nonexistent", UV_FS_O_RDONLY, 0, on_error) == 0);
  CHECK(uv_run(loop, UV_RUN_DEFAULT) == 0);
}
