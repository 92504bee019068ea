/* One thread takes requests in the order in which they came, quick ones and slow
 * ones alike, and their callbacks come in that order. */
#include "files.h"

static uv_loop_t loop;
static uv_work_t blocker, work[8];
static uv_fs_t fs[4];
static uv_getaddrinfo_t look[3];
static uv_random_t rnd;
static int n_ran, ran[8], calls, want;

static void on_work(uv_work_t *r) {
  ran[n_ran++] = (int) (r - work);
}
static void on_done(uv_work_t *r, int status) {
  say("work %d: %s", (int) (r - work), name(status));
  calls++;
}
static void on_fs(uv_fs_t *r) {
  say("fs %d: %s", (int) (r - fs), name(r->result));
  uv_fs_req_cleanup(r);
  calls++;
}
static void on_look(uv_getaddrinfo_t *r, int status, struct addrinfo *res) {
  say("look-up %d: %s, %s", (int) (r - look), name(status), res ? "a list" : "none");
  uv_freeaddrinfo(res);
  calls++;
}
static void on_random(uv_random_t *r, int status, void *buf, size_t n) {
  (void) r;
  (void) buf;
  say("random: %s, %d bytes", name(status), (int) n);
  calls++;
}

int main(void) {
  struct addrinfo hints;
  char bytes[4];
  int i;
  begin();
  one_thread();
  MUST(uv_loop_init(&loop));
  memset(&hints, 0, sizeof hints);
  hints.ai_flags = AI_NUMERICHOST;
  block_pool(&loop, &blocker);
#define WORK(i) want += !uv_queue_work(&loop, &work[i], on_work, on_done)
#define STAT(i) want += !uv_fs_stat(&loop, &fs[i], "/", on_fs)
#define LOOK(i)                                                                \
  want += !uv_getaddrinfo(&loop, &look[i], on_look, "127.0.0.1", NULL, &hints)
  WORK(0);
  STAT(0);
  LOOK(0);
  WORK(1);
  LOOK(1);
  STAT(1);
  MUST(uv_random(&loop, &rnd, bytes, sizeof bytes, 0, on_random));
  want++;
  WORK(2);
  LOOK(2);
  WORK(3);
  say("%d requests", want);
  let_go();
  UNTIL(&loop, calls == want);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (i = 0; i < n_ran; i++) say("ran %d", ran[i]);
  uv_sem_destroy(&gate);
  uv_sem_destroy(&entered);
  return finish(&loop);
}
