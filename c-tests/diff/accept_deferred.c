/* Connections that wait: accepted late, one per callback, twice. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t server, c[6];
static int calls, accept_in_callback, turn_calls;

static void connection_cb(uv_stream_t *s, int status) {
  calls++;
  turn_calls++;
  say("  connection %d: %s", calls, name(status));
  if (accept_in_callback) {
    TRY(uv_accept(s, S(&c[calls - 1])));
    TRY(uv_accept(s, S(&c[5])));
  }
}
static void turn(void) {
  turn_calls = 0;
  run(&loop, UV_RUN_NOWAIT);
}

int main(void) {
  int i, port, peers[4];
  uv_os_fd_t fd;
  begin();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < 6; i++) MUST(uv_tcp_init(&loop, &c[i]));
  port = tcp_listener(&loop, &server, connection_cb);
  TRY(uv_accept(S(&server), S(&c[0])));
  for (i = 0; i < 3; i++) peers[i] = plain_connect(port);

  say("one callback, and no more until it is accepted");
  settle_handle(&server, POLLIN);
  turn();
  turn();
  say("active %d, alive %d, timeout %d", uv_is_active(H(&server)),
      uv_loop_alive(&loop), uv_backend_timeout(&loop));
  TRY(uv_accept(S(&server), S(&c[0])));
  TRY(uv_accept(S(&server), S(&c[1])));
  say("the next");
  turn();
  TRY(uv_accept(S(&server), S(&c[1])));
  TRY(uv_fileno(H(&c[1]), &fd));
  say("nonblocking %d, cloexec %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0,
      fcntl(fd, F_GETFD) == FD_CLOEXEC);
  say("accepting inside the callback");
  accept_in_callback = 1;
  turn();
  turn();
  peers[3] = plain_connect(port);
  settle_handle(&server, POLLIN);
  turn();
  say("which is which: c0 talks to the first");
  put(peers[0], "one");
  settle_handle(&c[0], POLLIN);
  c[0].data = "c0";
  MUST(uv_read_start(S(&c[0]), alloc_static, read_say));
  turn();
  say("readable %d, writable %d", uv_is_readable(S(&c[1])), uv_is_writable(S(&c[1])));
  say("into a handle that has a socket, and into another kind");
  accept_in_callback = 0;
  close(plain_connect(port));
  settle_handle(&server, POLLIN);
  turn();
  TRY(uv_accept(S(&server), S(&c[0])));
  {
    static uv_timer_t timer;
    MUST(uv_timer_init(&loop, &timer));
    close(plain_connect(port));
    settle_handle(&server, POLLIN);
    turn();
    TRY(uv_accept(S(&server), (uv_stream_t *) &timer));
    TRY(uv_accept(S(&server), S(&c[4])));
    CLOSE(&timer);
    turn();
  }
  for (i = 0; i < 4; i++) close(peers[i]);
  close_all(&loop);
  return finish(&loop);
}
