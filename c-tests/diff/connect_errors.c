/* uv_tcp_connect: refused, twice, wrong families, from a bound handle. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t t;
static uv_write_t w;

static void state(void) {
  say("  readable %d, writable %d, active %d", uv_is_readable(S(&t)),
      uv_is_writable(S(&t)), uv_is_active(H(&t)));
}
static void connect_cb(uv_connect_t *c, int status) {
  say("  connected: %s (handle %d, type %d)", name(status), c->handle == S(&t),
      c->type == UV_CONNECT);
  state();
}
static void write_cb(uv_write_t *r, int status) {
  (void) r;
  say("  written: %s", name(status));
}
static void fresh(void) {
  if (t.loop && !uv_is_closing(H(&t))) uv_close(H(&t), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  MUST(uv_tcp_init(&loop, &t));
}

int main(void) {
  struct sockaddr_in a, nowhere;
  struct sockaddr_in6 a6;
  struct sockaddr_un u;
  struct sockaddr name_buf;
  uv_connect_t c, c2;
  uv_buf_t x = text_buf("x");
  int n, l, hold, port, dead;
  begin();
  MUST(uv_loop_init(&loop));
  l = plain_listen(&port, 8);
  dead = closed_port(&hold);
  a = loopback(port);
  nowhere = loopback(dead);

  say("refused");
  fresh();
  TRY(uv_tcp_connect(&c, &t, SA(&nowhere), connect_cb));
  state();
  say("alive %d, reqs %d", uv_loop_alive(&loop), loop.active_reqs.count);
  n = sizeof name_buf;
  TRY(uv_tcp_getpeername(&t, &name_buf, &n));
  TRY(uv_tcp_connect(&c2, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_DEFAULT);
  say("again on the same handle");
  TRY(uv_tcp_connect(&c, &t, SA(&nowhere), connect_cb));
  run(&loop, UV_RUN_DEFAULT);
  say("and where somebody listens");
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_DEFAULT);

  say("refused, with a null callback and a write behind it");
  fresh();
  TRY(uv_tcp_connect(&c, &t, SA(&nowhere), NULL));
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  run(&loop, UV_RUN_DEFAULT);
  say("queue %d", (int) t.write_queue_size);

  say("connected: state before and after; twice");
  fresh();
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  state();
  TRY(uv_read_start(S(&t), alloc_static, read_say));
  TRY(uv_read_stop(S(&t)));
  run(&loop, UV_RUN_DEFAULT);
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));

  say("write before connected goes out after it");
  fresh();
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  TRY(uv_write(&w, S(&t), &x, 1, write_cb));
  say("queue %d, nwritten %d", (int) t.write_queue_size, (int) uv_write_nwritten(&w));
  run(&loop, UV_RUN_DEFAULT);

  say("families");
  fresh();
  memset(&u, 0, sizeof u);
  u.sun_family = AF_UNIX;
  TRY(uv_tcp_connect(&c, &t, SA(&u), connect_cb));
  u.sun_family = 99;
  TRY(uv_tcp_connect(&c, &t, SA(&u), connect_cb));
  u.sun_family = AF_UNSPEC;
  TRY(uv_tcp_connect(&c, &t, SA(&u), connect_cb));
  a6 = loopback6(port);
  TRY(uv_tcp_connect(&c, &t, SA(&a6), connect_cb));
  run(&loop, UV_RUN_DEFAULT);
  fresh();
  uv_close(H(&t), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  MUST(uv_tcp_init_ex(&loop, &t, AF_INET));
  TRY(uv_tcp_connect(&c, &t, SA(&a6), connect_cb));

  say("a bound handle; a handle whose bind is told late");
  fresh();
  n = sizeof name_buf;
  nowhere = loopback(0);
  TRY(uv_tcp_bind(&t, SA(&nowhere), 0));
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_DEFAULT);
  fresh();
  TRY(uv_tcp_bind(&t, SA(&a), 0));
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_DEFAULT);

  say("port 0");
  fresh();
  a.sin_port = 0;
  TRY(uv_tcp_connect(&c, &t, SA(&a), connect_cb));
  run(&loop, UV_RUN_DEFAULT);
  close(l);
  close(hold);
  close_all(&loop);
  return finish(&loop);
}
