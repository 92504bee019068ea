/* Accepting on several loops: a listening socket each on one port, with
 * UV_TCP_REUSEPORT. The kernel spreads the connections; each loop serves its own. */
#include "trace.h"

enum { LOOPS = 2, CLIENTS = 64 };
static uv_loop_t loops[LOOPS];
static uv_tcp_t servers[LOOPS];
static int accepted[LOOPS];

static void on_connection(uv_stream_t *server, int status) {
  uv_tcp_t *client = malloc(sizeof *client);
  MUST(status);
  MUST(uv_tcp_init(server->loop, client));
  MUST(uv_accept(server, S(client)));
  uv_close(H(client), (uv_close_cb) free);
  accepted[server->loop - loops]++;
}

int main(void) {
  int i, port = 0, turns, all = 0, fds[CLIENTS];
  begin();
  for (i = 0; i < LOOPS; i++) {
    struct sockaddr_in at = loopback(port);
    int n = sizeof at;
    MUST(uv_loop_init(&loops[i]));
    MUST(uv_tcp_init(&loops[i], &servers[i]));
    TRY(uv_tcp_bind(&servers[i], SA(&at), UV_TCP_REUSEPORT));
    TRY(uv_listen(S(&servers[i]), 128, on_connection));
    MUST(uv_tcp_getsockname(&servers[i], SA(&at), &n));
    port = ntohs(at.sin_port);
  }
  for (i = 0; i < CLIENTS; i++) fds[i] = plain_connect(port);
  for (turns = 0; all < CLIENTS && turns < 100000; turns++)
    for (all = i = 0; i < LOOPS; i++) {
      uv_run(&loops[i], UV_RUN_NOWAIT);
      all += accepted[i];
    }
  say("%d accepted; each loop has some: %s", all, accepted[0] && accepted[1] ? "yes" : "no");
  for (i = 0; i < CLIENTS; i++) close(fds[i]);
  for (i = 0; i < LOOPS; i++) {
    close_all(&loops[i]);
    TRY(uv_loop_close(&loops[i]));
  }
  leftovers();
  return 0;
}
