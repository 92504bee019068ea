/* Signals arrive while two loops start and stop watching them and send to an async
 * handle from a handler of the program's own. */
#include "trace.h"

enum { LOOPS = 2, HANDLES = 4, SIGNALS = 300 };

struct side {
  uv_loop_t loop;
  uv_signal_t all[HANDLES];
  uv_async_t done;
  int calls;
};

static struct side sides[LOOPS];
static uv_async_t from_handler;

static void on_signal(uv_signal_t *h, int signum) {
  struct side *side = h->loop->data;
  if (signum != SIGUSR1 && signum != SIGUSR2) exit(1);
  /* Two stay: without any handle, the signal would end the program. */
  if (++side->calls % 3 != 0 || h < &side->all[2]) return;
  MUST(uv_signal_stop(h));
  MUST(uv_signal_start(h, on_signal, side->calls % 2 ? SIGUSR1 : SIGUSR2));
}
static void on_done(uv_async_t *h) {
  struct side *side = h->loop->data;
  int i;
  for (i = 0; i < HANDLES; i++) uv_close(H(&side->all[i]), NULL);
  if (side == &sides[0]) uv_close(H(&from_handler), NULL);
  uv_close(H(h), NULL);
}
static void on_send(uv_async_t *h) { (void) h; }
static void own_handler(int signum) {
  (void) signum;
  uv_async_send(&from_handler);
}
static void runner(void *arg) {
  struct side *side = arg;
  run(&side->loop, UV_RUN_DEFAULT);
}

int main(void) {
  uv_thread_t threads[LOOPS];
  struct sigaction action;
  int i, k;
  begin();
  memset(&action, 0, sizeof(action));
  action.sa_handler = own_handler;
  SYS(sigaction(SIGWINCH, &action, NULL));
  for (k = 0; k < LOOPS; k++) {
    struct side *side = &sides[k];
    MUST(uv_loop_init(&side->loop));
    side->loop.data = side;
    MUST(uv_async_init(&side->loop, &side->done, on_done));
    for (i = 0; i < HANDLES; i++) {
      MUST(uv_signal_init(&side->loop, &side->all[i]));
      MUST(uv_signal_start(&side->all[i], on_signal, i % 2 ? SIGUSR1 : SIGUSR2));
    }
  }
  MUST(uv_async_init(&sides[0].loop, &from_handler, on_send));
  for (k = 0; k < LOOPS; k++) MUST(uv_thread_create(&threads[k], runner, &sides[k]));
  for (i = 0; i < SIGNALS; i++) {
    SYS(kill(getpid(), i % 2 ? SIGUSR1 : SIGWINCH));
    usleep(200);
  }
  for (k = 0; k < LOOPS; k++) MUST(uv_async_send(&sides[k].done));
  for (k = 0; k < LOOPS; k++) MUST(uv_thread_join(&threads[k]));
  for (k = 0; k < LOOPS; k++) MUST(uv_loop_close(&sides[k].loop));
  say("ok");
  return 0;
}
