/* What is a name, how much room it needs, and what is left of it.
 * Not under valgrind: it looks for a NUL behind a path that fills the address. */
#include "files.h"

#include <sys/stat.h>

static uv_loop_t loop;
static uv_pipe_t p;
static uv_connect_t req;

static void connect_cb(uv_connect_t *r, int status) {
  (void) r;
  say("  connected: %s", name(status));
}

/* Bind a fresh handle, say what it is called now, and close it. */
static void bind_once(const char *what, const char *text, size_t n,
                      unsigned flags) {
  char buf[256];
  size_t size = sizeof buf;
  int r;
  MUST(uv_pipe_init(&loop, &p, 0));
  r = uv_pipe_bind2(&p, text, n, flags);
  say("bind2 %s, flags %u -> %s", what, flags, name(r));
  if (r == 0) {
    memset(buf, 'x', sizeof buf);
    r = uv_pipe_getsockname(&p, buf, &size);
    say("  name %s, %d bytes, first %d, behind %d", name(r), (int) size,
        buf[0], buf[size]);
    TRY(uv_pipe_bind2(&p, text, n, flags));
  }
  uv_close(H(&p), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void connect_once(const char *what, const char *text, size_t n,
                         unsigned flags) {
  int r;
  MUST(uv_pipe_init(&loop, &p, 0));
  r = uv_pipe_connect2(&req, &p, text, n, flags, connect_cb);
  say("connect2 %s, flags %u -> %s", what, flags, name(r));
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_close(H(&p), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void sizes(void) {
  char buf[64];
  size_t n;
  MUST(uv_pipe_init(&loop, &p, 0));
  n = sizeof buf;
  TRY(uv_pipe_getsockname(&p, buf, &n));
  say("  size %d", (int) n);
  TRY(uv_pipe_bind(&p, "four"));
  for (n = 0; n < 7; n++) {
    size_t m = n;
    int r = uv_pipe_getsockname(&p, buf, &m);
    say("room %d -> %s, size %d", (int) n, name(r), (int) m);
  }
  n = sizeof buf;
  TRY(uv_pipe_getsockname(&p, NULL, &n));
  TRY(uv_pipe_getsockname(&p, buf, NULL));
  n = sizeof buf;
  TRY(uv_pipe_getpeername(&p, buf, &n));
  say("  size %d", (int) n);
  say("there: %d", access("four", F_OK));
  uv_close(H(&p), NULL);
  say("there after uv_close: %d", access("four", F_OK));
  uv_run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  char longest[200];
  struct stat st;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  memset(longest, 'n', sizeof longest);
  longest[sizeof longest - 1] = 0;
  bind_once("null", NULL, 3, 0);
  bind_once("path", "path", 4, 0);
  bind_once("path", "path", 4, UV_PIPE_NO_TRUNCATE);
  bind_once("path", "path", 4, 2);
  bind_once("path", "path", 4, 3);
  bind_once("half a path", "path", 2, 0);
  bind_once("path with a NUL", "pa\0th", 5, 0);
  bind_once("107 bytes", longest, 107, UV_PIPE_NO_TRUNCATE);
  bind_once("108 bytes", longest, 108, UV_PIPE_NO_TRUNCATE);
  bind_once("109 bytes", longest, 109, UV_PIPE_NO_TRUNCATE);
  bind_once("109 bytes", longest, 109, 0);
  say("left over: %d", stat(longest, &st));
  bind_once("abstract", "\0libuv-diff-names", 17, 0);
  bind_once("abstract with a NUL", "\0libuv\0diff", 11, 0);
  longest[0] = 0;
  bind_once("abstract, 108 bytes", longest, 108, UV_PIPE_NO_TRUNCATE);
  bind_once("abstract, 109 bytes", longest, 109, UV_PIPE_NO_TRUNCATE);
  bind_once("abstract, 109 bytes", longest, 109, 0);
  bind_once("no directory", "nowhere/at/all", 14, 0);
  bind_once("a directory", ".", 1, 0);

  connect_once("null", NULL, 3, 0);
  connect_once("nothing", "", 0, 0);
  connect_once("nobody", "nobody", 6, 0);
  connect_once("nobody", "nobody", 6, UV_PIPE_NO_TRUNCATE);
  connect_once("nobody", "nobody", 6, 4);
  connect_once("path with a NUL", "no\0body", 7, 0);
  connect_once("abstract nobody", "\0libuv-diff-nobody", 18, 0);
  longest[0] = 'n';
  connect_once("109 bytes", longest, 109, UV_PIPE_NO_TRUNCATE);
  connect_once("109 bytes", longest, 109, 0);
  connect_once("a directory", ".", 1, 0);
  sizes();
  leave_scratch();
  return finish(&loop);
}
