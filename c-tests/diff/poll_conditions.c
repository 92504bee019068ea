/* The peer's end, urgent data, hang-up and errors, for each set of wishes. */
#include "trace.h"

static uv_loop_t loop;
static uv_poll_t p;
static int fds[2];

static void poll_cb(uv_poll_t *h, int status, int events) {
  say("    %s, events%s%s%s%s%s", name(status), events ? "" : " none",
      events & UV_READABLE ? " readable" : "",
      events & UV_WRITABLE ? " writable" : "",
      events & UV_DISCONNECT ? " disconnect" : "",
      events & UV_PRIORITIZED ? " prioritized" : "");
  (void) h;
}

/* Each set of wishes, once in a turn of its own. */
static void each_wish(const char *what) {
  int wish;
  say("%s", what);
  for (wish = 1; wish < 16; wish++) {
    int r;
    MUST(uv_poll_init(&loop, &p, fds[0]));
    r = uv_poll_start(&p, wish, poll_cb);
    say("  wish %d -> %s", wish, name(r));
    uv_run(&loop, UV_RUN_NOWAIT);
    say("    active %d", uv_is_active(H(&p)));
    uv_close(H(&p), NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
}
static void gone(void) {
  close(fds[0]);
  if (fds[1] != -1) close(fds[1]);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));

  plain_pair(fds);
  each_wish("tcp, nothing");
  put(fds[1], "x");
  settle(fds[0], POLLIN);
  each_wish("tcp, data");
  SYS(shutdown(fds[1], SHUT_WR));
  settle(fds[0], POLLRDHUP);
  each_wish("tcp, data and the peer's end");
  gone();

  plain_pair(fds);
  SYS(shutdown(fds[1], SHUT_WR));
  settle(fds[0], POLLRDHUP);
  each_wish("tcp, the peer's end");
  SYS(shutdown(fds[0], SHUT_WR));
  settle(fds[0], POLLHUP);
  each_wish("tcp, both ends");
  gone();

  plain_pair(fds);
  SYS(send(fds[1], "!", 1, MSG_OOB));
  settle(fds[0], POLLPRI);
  each_wish("tcp, urgent data");
  put(fds[1], "x");
  settle(fds[0], POLLIN);
  each_wish("tcp, urgent and other data");
  SYS(shutdown(fds[1], SHUT_WR));
  settle(fds[0], POLLRDHUP);
  each_wish("tcp, urgent and other data and the end");
  gone();

  plain_pair(fds);
  reset(fds[1]);
  fds[1] = -1;
  settle(fds[0], POLLHUP);
  each_wish("tcp, reset");
  gone();

  SYS(pipe2(fds, O_CLOEXEC));
  close(fds[1]);
  fds[1] = -1;
  each_wish("pipe, no writer");
  gone();

  SYS(pipe2(fds, O_CLOEXEC));
  put(fds[1], "x");
  close(fds[1]);
  fds[1] = -1;
  each_wish("pipe, no writer, but data");
  gone();

  SYS(pipe2(fds, O_CLOEXEC));
  close(fds[0]);
  fds[0] = fds[1];
  fds[1] = -1;
  each_wish("pipe, no reader");
  gone();

  SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  close(fds[1]);
  fds[1] = -1;
  each_wish("unix socket, no peer");
  gone();
  return finish(&loop);
}
