/* What holds is reported in every turn, until it holds no more or is not wanted
 * any more; and the wish can change inside the callback. */
#include "trace.h"

static uv_loop_t loop;
static uv_poll_t p;
static int peer, mine, script;

static void poll_cb(uv_poll_t *h, int status, int events) {
  char c;
  say("%s, events %d", name(status), events);
  switch (script) {
    case 1:
      if ((events & UV_READABLE) && read(mine, &c, 1) == 1) say("  took %c", c);
      break;
    case 2:
      TRY(uv_poll_start(h, UV_WRITABLE, poll_cb));
      script = 3;
      break;
    case 3:
      TRY(uv_poll_start(h, UV_READABLE | UV_WRITABLE, poll_cb));
      script = 0;
      break;
    case 4:
      TRY(uv_poll_stop(h));
      TRY(uv_poll_start(h, UV_READABLE, poll_cb));
      break;
    case 5:
      CLOSE(h);
      break;
  }
}
static void turns(int n) {
  while (n-- > 0) {
    say("turn");
    uv_run(&loop, UV_RUN_NOWAIT);
  }
}

int main(void) {
  int fds[2];
  begin();
  MUST(uv_loop_init(&loop));
  plain_pair(fds);
  mine = fds[0];
  peer = fds[1];
  MUST(uv_poll_init(&loop, &p, mine));

  say("nothing to read");
  MUST(uv_poll_start(&p, UV_READABLE, poll_cb));
  turns(2);
  say("left alone");
  put(peer, "abc");
  settle(mine, POLLIN);
  turns(3);
  say("taken one by one");
  script = 1;
  turns(5);
  say("writable");
  script = 0;
  MUST(uv_poll_start(&p, UV_WRITABLE, poll_cb));
  turns(3);
  say("both, and stopped with something to report");
  put(peer, "d");
  settle(mine, POLLIN);
  MUST(uv_poll_start(&p, UV_READABLE | UV_WRITABLE, poll_cb));
  turns(1);
  TRY(uv_poll_stop(&p));
  turns(1);
  say("there before it is watched");
  script = 2;
  MUST(uv_poll_start(&p, UV_READABLE, poll_cb));
  turns(4);
  say("stopped and started inside");
  script = 4;
  MUST(uv_poll_start(&p, UV_READABLE, poll_cb));
  turns(2);
  say("closed inside");
  script = 5;
  turns(2);
  say("alive %d", uv_loop_alive(&loop));
  close(mine);
  close(peer);
  return finish(&loop);
}
