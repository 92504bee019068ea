/* Descriptors that are closed, replaced or taken out of the epoll set behind
 * the loop's back; and handles that stop one another. */
#include "trace.h"

#include <sys/epoll.h>

static uv_loop_t loop;
static uv_poll_t p, q;
static int calls, stop_other;

static void poll_cb(uv_poll_t *h, int status, int events) {
  calls++;
  if (stop_other) {
    TRY(uv_poll_stop(h == &p ? &q : &p));
    TRY(uv_poll_stop(h));
  } else {
    say("%s: %s, events %d", label(h), name(status), events);
  }
}
static void turn(void) {
  say("turn");
  uv_run(&loop, UV_RUN_NOWAIT);
}
static void take_out(int fd) {
  struct epoll_event e;
  memset(&e, 0, sizeof e);
  say("taken out: %s",
      name(epoll_ctl(uv_backend_fd(&loop), EPOLL_CTL_DEL, fd, &e) ? -errno
                                                                  : 0));
}

int main(void) {
  int a[2], b[2], n;
  begin();
  MUST(uv_loop_init(&loop));
  p.data = "p";
  q.data = "q";

  say("taken out before the stop, and started again");
  plain_pair(a);
  MUST(uv_poll_init(&loop, &p, a[0]));
  MUST(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  turn();
  take_out(a[0]);
  turn();
  TRY(uv_poll_stop(&p));
  TRY(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  turn();
  say("taken out, and started without a stop");
  take_out(a[0]);
  TRY(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  turn();
  say("taken out after the stop");
  TRY(uv_poll_stop(&p));
  take_out(a[0]);
  uv_close(H(&p), NULL);
  turn();

  say("closed before the stop");
  MUST(uv_poll_init(&loop, &p, a[0]));
  MUST(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  turn();
  close(a[0]);
  turn();
  TRY(uv_poll_stop(&p));
  uv_close(H(&p), NULL);
  turn();

  say("closed after the stop, and its number given to another");
  plain_pair(b);
  n = 100;
  SYS(dup3(b[0], n, O_CLOEXEC));
  MUST(uv_poll_init(&loop, &p, n));
  MUST(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  turn();
  TRY(uv_poll_stop(&p));
  close(n);
  SYS(dup3(b[1], n, O_CLOEXEC));
  MUST(uv_poll_init(&loop, &q, n));
  TRY(uv_poll_start(&q, UV_WRITABLE, poll_cb));
  turn();
  uv_close(H(&q), NULL);
  uv_close(H(&p), NULL);
  turn();
  close(n);

  say("a copy is still open");
  SYS(n = fcntl(b[0], F_DUPFD_CLOEXEC, 100));
  MUST(uv_poll_init(&loop, &p, n));
  MUST(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  turn();
  TRY(uv_poll_stop(&p));
  close(n);
  turn();
  uv_close(H(&p), NULL);
  turn();

  say("ready together, one stops the other");
  put(a[1], "x");
  MUST(uv_poll_init(&loop, &p, b[0]));
  MUST(uv_poll_init(&loop, &q, b[1]));
  calls = 0;
  stop_other = 1;
  MUST(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  MUST(uv_poll_start(&q, UV_WRITABLE, poll_cb));
  run(&loop, UV_RUN_DEFAULT);
  say("calls %d", calls);
  close_all(&loop);
  close(a[1]);
  close(b[0]);
  close(b[1]);
  return finish(&loop);
}
