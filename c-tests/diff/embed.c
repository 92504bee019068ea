/* Embedding: whoever polls uv_backend_fd for uv_backend_timeout and turns the
 * loop without waiting misses nothing. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t timer;
static uv_async_t async;
static uv_tcp_t tcp, server, c;
static uv_write_t w;
static int peer, port, rounds, done;

static void on_timer(uv_timer_t *t) {
  (void) t;
  say("timer");
  done = 1;
}
static void on_async(uv_async_t *a) {
  (void) a;
  say("async");
  done = 1;
}
static void alloc_two(uv_handle_t *h, size_t n, uv_buf_t *b) {
  static char two[2];
  (void) h;
  (void) n;
  *b = uv_buf_init(two, 2);
}
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  static int bytes;
  (void) b;
  if (n > 0) bytes += (int) n;
  if (bytes == 500 && n > 0) {
    say("500 bytes in pieces of two");
    done = 1;
  }
  if (n < 0) {
    say("read: %s", name(n));
    CLOSE(s);
    done = 1;
  }
}
static void on_write(uv_write_t *r, int status) {
  (void) r;
  say("written: %s", name(status));
  done = 1;
}
static void on_connection(uv_stream_t *s, int status) {
  say("connection: %s", name(status));
  MUST(uv_accept(s, S(&c)));
  done = 1;
}
static void later(void *arg) {
  uv_sleep(20);
  switch ((int) (intptr_t) arg) {
  case 0: uv_async_send(&async); break;
  case 1: {
    char bytes[500];
    memset(bytes, 'x', sizeof bytes);
    SYS(write(peer, bytes, sizeof bytes));
    break;
  }
  case 2: close(peer); break;
  case 3: peer = plain_connect(port); break;
  }
}

/* The embedder's loop, until a callback says that it has what it waited for. */
static void embedded(const char *what) {
  struct pollfd p;
  say("-- %s", what);
  done = 0;
  for (rounds = 0; !done && rounds < 1000; rounds++) {
    p.fd = uv_backend_fd(&loop);
    p.events = POLLIN;
    p.revents = 0;
    if (AGAIN(poll(&p, 1, uv_backend_timeout(&loop))) < 0) broken("poll");
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  say(done ? "seen" : "MISSED");
}

int main(void) {
  static const char *what[] = {"async from a thread", "data", "the end", "a connection"};
  static const int order[] = {0, 1, 2, 3};
  uv_buf_t x = text_buf("x");
  uv_thread_t thread;
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &async, on_async));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_tcp_init(&loop, &c));
  peer = tcp_with_peer(&loop, &tcp);
  MUST(uv_read_start(S(&tcp), alloc_two, on_read));
  port = tcp_listener(&loop, &server, on_connection);
  uv_run(&loop, UV_RUN_NOWAIT);
  MUST(uv_timer_start(&timer, on_timer, 10, 0));
  embedded("a timer");
  MUST(uv_write(&w, S(&tcp), &x, 1, on_write));
  embedded("a finished write");
  for (i = 0; i < COUNT(order); i++) {
    MUST(uv_thread_create(&thread, later, (void *) (intptr_t) order[i]));
    embedded(what[order[i]]);
    MUST(uv_thread_join(&thread));
  }
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
