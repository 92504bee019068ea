/* A listener that the program made itself, with connections already waiting. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t server, c[3];
static int accepted;

static void on_connection(uv_stream_t *s, int status) {
  say("connection: %s", name(status));
  MUST(uv_tcp_init(&loop, &c[accepted]));
  MUST(uv_accept(s, S(&c[accepted])));
  accepted++;
}

int main(void) {
  int i, port, fds[3], l;
  begin();
  l = plain_listen(&port, 8);
  for (i = 0; i < 3; i++) fds[i] = plain_connect(port);
  MUST(uv_loop_init(&loop));
  MUST(uv_tcp_init(&loop, &server));
  TRY(uv_tcp_open(&server, l));
  TRY(uv_listen(S(&server), 8, on_connection));
  for (i = 0; i < 4; i++) run(&loop, UV_RUN_NOWAIT);
  say("accepted %d", accepted);
  for (i = 0; i < 3; i++) close(fds[i]);
  close_all(&loop);
  return finish(&loop);
}
