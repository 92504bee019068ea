/* Taking work back: while it waits, while it runs, when it has run, from callbacks;
 * and what cannot be taken back. */
#include "files.h"

static uv_loop_t loop;
static uv_work_t blocker, a, b, c, d;
static int ran_b, called;

static void ran(uv_work_t *r) {
  if (r == &b) ran_b = 1;
}
static void done_a(uv_work_t *r, int status) {
  (void) r;
  say("a: %s", name(status));
  say("cancel b from a's callback: %s", name(uv_cancel((uv_req_t *) &b)));
  called++;
}
static void done(uv_work_t *r, int status) {
  say("%s: %s", r == &b ? "b" : r == &c ? "c" : "d", name(status));
  called++;
}
static void looked(uv_getaddrinfo_t *r, int status, struct addrinfo *res) {
  say("look-up: %s, field %s, %s", name(status), name(r->retcode), res ? "list" : "null");
  called++;
}
static void named(uv_getnameinfo_t *r, int status, const char *h, const char *s) {
  (void) r;
  say("name: %s, %s, %s", name(status), h ? h : "null", s ? s : "null");
  called++;
}
static void filled(uv_random_t *r, int status, void *buf, size_t n) {
  (void) r;
  say("random: %s, %s, %d", name(status), buf ? "buffer" : "null", (int) n);
  called++;
}

int main(void) {
  struct sockaddr_in addr = loopback(80);
  uv_getaddrinfo_t look;
  uv_getnameinfo_t who;
  uv_random_t rnd;
  uv_connect_t connect;
  char byte;
  begin();
  one_thread();
  MUST(uv_loop_init(&loop));
  TRY(uv_queue_work(&loop, &a, NULL, done));
  say("alive %d", uv_loop_alive(&loop));
  memset(&connect, 0, sizeof connect);
  connect.type = UV_CONNECT;
  TRY(uv_cancel((uv_req_t *) &connect));

  block_pool(&loop, &blocker);
  MUST(uv_queue_work(&loop, &a, ran, done_a));
  MUST(uv_queue_work(&loop, &b, ran, done));
  MUST(uv_queue_work(&loop, &c, ran, done));
  MUST(uv_queue_work(&loop, &d, ran, NULL));
  MUST(uv_getaddrinfo(&loop, &look, looked, "127.0.0.1", NULL, NULL));
  MUST(uv_getnameinfo(&loop, &who, named, SA(&addr), NI_NUMERICHOST));
  MUST(uv_random(&loop, &rnd, &byte, 1, 0, filled));
  TRY(uv_cancel((uv_req_t *) &blocker));
  TRY(uv_cancel((uv_req_t *) &rnd));
  TRY(uv_cancel((uv_req_t *) &who));
  TRY(uv_cancel((uv_req_t *) &look));
  TRY(uv_cancel((uv_req_t *) &d));
  TRY(uv_cancel((uv_req_t *) &c));
  TRY(uv_cancel((uv_req_t *) &a));
  UNTIL(&loop, called == 5);
  say("b has run %d", ran_b);
  let_go();
  uv_run(&loop, UV_RUN_DEFAULT);
  say("b has run %d, callbacks %d", ran_b, called);

  say("when it has run");
  MUST(uv_queue_work(&loop, &b, ran, done));
  MUST(uv_queue_work(&loop, &blocker, wait_at_gate, NULL));
  uv_sem_wait(&entered);
  TRY(uv_cancel((uv_req_t *) &b));
  let_go();
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_sem_destroy(&gate);
  uv_sem_destroy(&entered);
  return finish(&loop);
}
