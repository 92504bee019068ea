/* Writes a file and reads it back, one asynchronous request after another.
 *
 * Prints:
 *   wrote 6 bytes
 *   read 6 bytes: hello
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static uv_fs_t req; /* one request at a time is enough here */
static uv_file file;
static char path[] = "/tmp/uv-example-XXXXXX";
static char memory[64];
static uv_buf_t buf;

/* Ends the program if the request that has just ended failed; else gives its
 * result and makes the request ready for the next one. */
static int result(const char* what) {
  int n = (int) req.result;
  if (n < 0) {
    fprintf(stderr, "%s: %s\n", what, uv_strerror(n));
    exit(1);
  }
  uv_fs_req_cleanup(&req);
  return n;
}

static void on_unlinked(uv_fs_t* r) {
  (void) r;
  result("unlink");
}

static void on_closed(uv_fs_t* r) {
  result("close");
  uv_fs_unlink(r->loop, r, path, on_unlinked);
}

static void on_read(uv_fs_t* r) {
  int n = result("read");
  printf("read %d bytes: %.*s", n, n, memory);
  uv_fs_close(r->loop, r, file, on_closed);
}

static void on_written(uv_fs_t* r) {
  printf("wrote %d bytes\n", result("write"));
  buf = uv_buf_init(memory, sizeof memory);
  uv_fs_read(r->loop, r, file, &buf, 1, 0, on_read); /* from offset 0 */
}

static void on_opened(uv_fs_t* r) {
  file = result("open");
  buf = uv_buf_init("hello\n", 6);
  uv_fs_write(r->loop, r, file, &buf, 1, -1, on_written); /* -1: where the file is */
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  uv_fs_t make;
  /* Without a callback a request is made at once, on this thread. */
  int made = uv_fs_mkstemp(loop, &make, path, NULL);
  if (made < 0) {
    fprintf(stderr, "mkstemp: %s\n", uv_strerror(made));
    return 1;
  }
  snprintf(path, sizeof path, "%s", make.path);
  uv_fs_req_cleanup(&make);
  uv_fs_close(loop, &make, made, NULL);
  uv_fs_open(loop, &req, path, O_RDWR, 0, on_opened);
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}
