/* Connecting: when the callback runs and with what, and what closing does to it. */
#include "files.h"

static uv_loop_t loop;
static uv_pipe_t server, a, b, accepted;
static uv_connect_t ra, rb;
static uv_write_t w;

static void write_cb(uv_write_t *r, int status) {
  (void) r;
  say("written: %s", name(status));
}
static void connect_cb(uv_connect_t *r, int status) {
  say("%s connected: %s (handle %d, type %d)", r == &ra ? "a" : "b",
      name(status), r->handle == S(r == &ra ? &a : &b),
      r->type == UV_CONNECT);
  say("  readable %d, writable %d", uv_is_readable(r->handle),
      uv_is_writable(r->handle));
}
static void connection_cb(uv_stream_t *s, int status) {
  say("connection: %s", name(status));
  TRY(uv_accept(s, S(&accepted)));
  say("  readable %d, writable %d", uv_is_readable(S(&accepted)),
      uv_is_writable(S(&accepted)));
  TRY(uv_accept(s, S(&accepted)));
}
static void close_in_cb(uv_connect_t *r, int status) {
  connect_cb(r, status);
  CLOSE(r->handle);
}

static void fresh(void) {
  MUST(uv_pipe_init(&loop, &a, 0));
  MUST(uv_pipe_init(&loop, &b, 0));
  a.data = "a";
  b.data = "b";
}
static void both_gone(void) {
  if (!uv_is_closing(H(&a))) CLOSE(&a);
  if (!uv_is_closing(H(&b))) CLOSE(&b);
  run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  uv_buf_t x = text_buf("early");
  int plain;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));

  say("nobody listens");
  fresh();
  uv_pipe_connect(&ra, &a, "nobody", connect_cb);
  say("active %d", uv_is_active(H(&a)));
  TRY(uv_pipe_connect2(&rb, &b, "nobody", 6, 0, close_in_cb));
  run(&loop, UV_RUN_DEFAULT);
  both_gone();

  say("no name");
  fresh();
  uv_pipe_connect(&ra, &a, "", connect_cb);
  run(&loop, UV_RUN_DEFAULT);
  both_gone();

  say("closed before it is told");
  fresh();
  uv_pipe_connect(&ra, &a, "nobody", connect_cb);
  CLOSE(&a);
  both_gone();

  say("somebody listens");
  MUST(uv_pipe_init(&loop, &server, 0));
  MUST(uv_pipe_init(&loop, &accepted, 0));
  TRY(uv_listen(S(&server), 5, connection_cb));
  TRY(uv_pipe_bind(&server, "here"));
  TRY(uv_listen(S(&server), 5, connection_cb));
  fresh();
  uv_pipe_connect(&ra, &a, "here", connect_cb);
  TRY(uv_write(&w, S(&a), &x, 1, write_cb));
  say("queued %d", (int) uv_stream_get_write_queue_size(S(&a)));
  UNTIL(&loop, accepted.accepted_fd != -1 || uv_is_readable(S(&accepted)));
  UNTIL(&loop, uv_stream_get_write_queue_size(S(&a)) == 0);
  CLOSE(&accepted);
  CLOSE(&server);
  both_gone();
  say("there: %d", access("here", F_OK));

  say("closed while it connects");
  MUST(uv_pipe_init(&loop, &server, 0));
  MUST(uv_pipe_bind(&server, "here"));
  MUST(uv_listen(S(&server), 5, NULL));
  fresh();
  uv_pipe_connect(&ra, &a, "here", connect_cb);
  TRY(uv_write(&w, S(&a), &x, 1, write_cb));
  CLOSE(&a);
  CLOSE(&server);
  both_gone();

  say("a socket of another kind, and a file");
  fresh();
  plain = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  SYS(plain);
  uv_pipe_connect(&ra, &a, "file", connect_cb);
  run(&loop, UV_RUN_DEFAULT);
  close(plain);
  both_gone();

  say("a pipe for handles does not listen");
  MUST(uv_pipe_init(&loop, &a, 1));
  MUST(uv_pipe_init(&loop, &b, 0));
  a.data = "a";
  b.data = "b";
  TRY(uv_pipe_bind(&a, "ipc"));
  TRY(uv_listen(S(&a), 5, connection_cb));
  TRY(uv_pipe_bind(&b, "ipc"));
  both_gone();
  leave_scratch();
  return finish(&loop);
}
