/* Sending: when callbacks run, what the queue says meanwhile, and what closing,
 * failing and sending inside a callback do. */
#include "trace.h"

static uv_loop_t loop;
static uv_udp_t u;
static uv_udp_send_t req[64];
static uv_prepare_t prepare;
static uv_check_t check;
static int peer, again, close_at = -1;
static struct sockaddr_in to;

static void queue(void) {
  say("  queue %d, %d bytes, active %d", (int) uv_udp_get_send_queue_count(&u),
      (int) uv_udp_get_send_queue_size(&u), uv_is_active(H(&u)));
}
static void send_cb(uv_udp_send_t *r, int status) {
  int i = (int) (r - req);
  say("sent %d: %s (handle %d, type %d)", i, name(status), r->handle == &u,
      r->type == UV_UDP_SEND);
  queue();
  if (i == close_at) CLOSE(&u);
  if (again > 0) {
    uv_buf_t b = text_buf("inside");
    again--;
    TRY(uv_udp_try_send(&u, &b, 1, SA(&to)));
    TRY(uv_udp_send(&req[32 + again], &u, &b, 1, SA(&to), send_cb));
    queue();
  }
}
static void prepare_cb(uv_prepare_t *h) {
  (void) h;
  say("prepare");
}
static void check_cb(uv_check_t *h) {
  (void) h;
  say("check");
}
static void post(int i, const char *text, uv_udp_send_cb cb) {
  uv_buf_t b = text_buf(text);
  int r = uv_udp_send(&req[i], &u, &b, 1, SA(&to), cb);
  say("send %d -> %s", i, name(r));
}
static void arrived(void) {
  char buf[64];
  ssize_t n;
  while ((n = recv(peer, buf, sizeof buf, MSG_DONTWAIT)) >= 0)
    say("arrived \"%.*s\"", (int) n, buf);
}
static void gone(void) {
  if (!uv_is_closing(H(&u))) CLOSE(&u);
  run(&loop, UV_RUN_DEFAULT);
}

int main(void) {
  static char big[70000];
  uv_buf_t parts[6], lots = uv_buf_init(big, sizeof big);
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  to = loopback(0);
  SYS(peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SYS(bind(peer, SA(&to), sizeof to));
  to = loopback(plain_port(peer));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_prepare_start(&prepare, prepare_cb));
  MUST(uv_check_start(&check, check_cb));
  uv_unref(H(&prepare));
  uv_unref(H(&check));

  say("two in a row");
  MUST(uv_udp_init(&loop, &u));
  queue();
  post(0, "first", send_cb);
  queue();
  post(1, "second", send_cb);
  post(2, "third", NULL);
  queue();
  arrived();
  run(&loop, UV_RUN_DEFAULT);
  queue();
  arrived();

  say("sending inside the callback");
  again = 2;
  post(0, "outside", send_cb);
  run(&loop, UV_RUN_DEFAULT);
  queue();
  arrived();

  say("one that is too large between others");
  post(0, "before", send_cb);
  TRY(uv_udp_send(&req[1], &u, &lots, 1, SA(&to), send_cb));
  post(2, "after", send_cb);
  run(&loop, UV_RUN_DEFAULT);
  arrived();
  TRY(uv_udp_send(&req[1], &u, &lots, 1, SA(&to), send_cb));
  post(2, "after", send_cb);
  run(&loop, UV_RUN_DEFAULT);
  arrived();
  TRY(uv_udp_try_send(&u, &lots, 1, SA(&to)));

  say("many pieces, one empty");
  for (i = 0; i < COUNT(parts); i++) parts[i] = text_buf(i == 3 ? "" : "piece ");
  TRY(uv_udp_send(&req[0], &u, parts, COUNT(parts), SA(&to), send_cb));
  run(&loop, UV_RUN_DEFAULT);
  arrived();
  parts[0] = text_buf("");
  TRY(uv_udp_send(&req[0], &u, parts, 1, SA(&to), send_cb));
  TRY(uv_udp_try_send(&u, parts, 1, SA(&to)));
  run(&loop, UV_RUN_DEFAULT);
  arrived();

  say("closed with all sent");
  post(0, "a", send_cb);
  post(1, "b", send_cb);
  gone();
  arrived();

  say("closed in a callback");
  MUST(uv_udp_init(&loop, &u));
  close_at = 0;
  post(0, "a", send_cb);
  post(1, "b", send_cb);
  post(2, "c", send_cb);
  run(&loop, UV_RUN_DEFAULT);
  close_at = -1;
  arrived();

  say("more than one batch");
  MUST(uv_udp_init(&loop, &u));
  post(0, "0", send_cb);
  for (i = 1; i < 24; i++) {
    uv_buf_t b = text_buf("batch");
    MUST(uv_udp_send(&req[i], &u, &b, 1, SA(&to), send_cb));
  }
  queue();
  run(&loop, UV_RUN_DEFAULT);
  arrived();
  gone();
  close(peer);
  uv_close(H(&prepare), NULL);
  uv_close(H(&check), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
