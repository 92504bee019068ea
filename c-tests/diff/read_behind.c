/* What comes behind the bytes of a short read, after the kernel has said that there is
 * something to read: more bytes, the end, urgent data, each before the read (from the
 * allocation callback) and after it (from the read callback). And a low-water mark. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static int peer, over;
static void (*before)(void), (*after)(void);

static void act(void (**what)(void)) {
  void (*now)(void) = *what;
  *what = NULL;
  if (now) now();
}
static void more(void) { put(peer, "def"); }
static void end(void) { SYS(shutdown(peer, SHUT_WR)); }
static void more_and_end(void) { more(); end(); }
static void urgent(void) { SYS(send(peer, "!", 1, MSG_OOB)); }
static void urgent_and_more(void) { urgent(); more(); }
static void urgent_and_end(void) { urgent(); end(); }
static int our_fd(void) {
  uv_os_fd_t fd;
  MUST(uv_fileno(H(&t), &fd));
  return fd;
}
static void end_ours(void) { SYS(shutdown(our_fd(), SHUT_RD)); }

static void alloc_cb(uv_handle_t *h, size_t n, uv_buf_t *buf) {
  alloc_static(h, n, buf);
  act(&before);
}
static char got[64];
static void read_cb(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  (void) s;
  if (n > 0) strncat(got, b->base, (size_t) n);
  if (n < 0) say("  %s", name(n));
  over |= n < 0;
  act(&after);
}

/* Runs until so many bytes have come, and the end if there is to be one. How they are
 * cut into reads is the kernel's business. */
static void expect(const char *what, size_t bytes, int ends) {
  UNTIL(&loop, strlen(got) >= bytes && over == ends);
  say("%s: \"%s\"%s", what, got, over ? ", the end" : "");
  got[0] = 0;
}
static void attach(void) {
  peer = tcp_with_peer(&loop, &t);
  no_delay(peer);
  over = 0;
  MUST(uv_read_start(S(&t), alloc_cb, read_cb));
}
static void gone(void) {
  uv_close(H(&t), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  close(peer);
}

static void behind(const char *what, void (*how)(void), size_t bytes, int ends) {
  void (**when[])(void) = {&before, &after};
  int i;
  for (i = 0; i < 2; i++) {
    attach();
    *when[i] = how;
    put(peer, "abc");
    expect(i ? "after the read" : "before the read", bytes, ends);
    if (!ends) {
      put(peer, "ghi");
      expect("and then", 3, 0);
      end();
      expect("at last", 0, 1);
    }
    gone();
  }
  say("- %s", what);
}

static void low_water(void) {
  int mark = 10;
  attach();
  SYS(setsockopt(our_fd(), SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark));
  put(peer, "0123");
  uv_run(&loop, UV_RUN_NOWAIT);
  put(peer, "456789");
  expect("as many as the mark", 10, 0);
  put(peer, "0123");
  uv_run(&loop, UV_RUN_NOWAIT);
  say("fewer: \"%s\"", got);
  mark = 1;
  SYS(setsockopt(our_fd(), SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark));
  expect("when the mark is lower", 4, 0);
  mark = 10;
  SYS(setsockopt(our_fd(), SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark));
  put(peer, "0123");
  end();
  expect("fewer, and the end", 4, 1);
  gone();
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  behind("more", more, 6, 0);
  behind("the end", end, 3, 1);
  behind("more and the end", more_and_end, 6, 1);
  behind("urgent data", urgent, 3, 0);
  behind("urgent data and more", urgent_and_more, 6, 0);
  behind("urgent data and the end", urgent_and_end, 3, 1);
  behind("an end of our own", end_ours, 3, 1);
  low_water();
  return finish(&loop);
}
