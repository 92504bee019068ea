/* Handles of the kinds that a turn calls, of timers and of watchers that are always due, which
 * stop and close themselves and each other from the callbacks of every phase, at random. The
 * close callback overwrites and frees the memory, and what malloc returns next is made a
 * handle of another kind and started, in that very callback or by whoever comes first. */
#include "chance.h"

enum { MOST = 300 };
enum { IDLE, PREPARE, CHECK, TIMER, ASYNC, POLL };

typedef struct {
  union {
    uv_handle_t any;
    uv_idle_t idle;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t timer;
    uv_async_t async;
    uv_poll_t poll;
  } u;
  int me;
} memory;

static uv_loop_t loop;
static memory *at[MOST];
static int kind[MOST], closing[MOST], fds[MOST][2], number, seen, wrong, ended, ending;

static int below(int n) { return (int) chance((uint32_t) n); }

static void change(int i);

static void called(void *handle, int what) {
  memory *m = handle;
  int n, i = m->me;
  if (i < 0 || i >= number || at[i] != m || kind[i] != what || closing[i]) {
    wrong++;
    return;
  }
  seen++;
  digested(&i, sizeof i);
  digested(&what, sizeof what);
  for (n = below(3); n > 0; n--) change(below(2) ? (i + below(5)) % number : below(number));
}

/* In which order these are called is the kernel's and the sender's matter: they draw no
 * numbers and are not counted. */
static void called_some_time(void *handle, int what) {
  memory *m = handle;
  if (at[m->me] != m || kind[m->me] != what || closing[m->me]) wrong++;
}

static void on_idle(uv_idle_t *h) { called(h, IDLE); }
static void on_prepare(uv_prepare_t *h) { called(h, PREPARE); }
static void on_check(uv_check_t *h) { called(h, CHECK); }
static void on_timer(uv_timer_t *h) { called(h, TIMER); }
static void on_async(uv_async_t *h) { called_some_time(h, ASYNC); }
static void on_poll(uv_poll_t *h, int status, int events) {
  if (status || events != UV_WRITABLE) wrong++;
  called_some_time(h, POLL);
}

static void begin_one(int i) {
  memory *m = at[i];
  switch (kind[i]) {
    case IDLE: MUST(uv_idle_start(&m->u.idle, on_idle)); break;
    case PREPARE: MUST(uv_prepare_start(&m->u.prepare, on_prepare)); break;
    case CHECK: MUST(uv_check_start(&m->u.check, on_check)); break;
    case TIMER: MUST(uv_timer_start(&m->u.timer, on_timer, 0, (uint64_t) below(2) * 1000000)); break;
    case ASYNC: MUST(uv_async_send(&m->u.async)); break;
    case POLL: MUST(uv_poll_start(&m->u.poll, UV_WRITABLE, on_poll)); break;
  }
}

static void stop_one(int i) {
  memory *m = at[i];
  switch (kind[i]) {
    case IDLE: MUST(uv_idle_stop(&m->u.idle)); break;
    case PREPARE: MUST(uv_prepare_stop(&m->u.prepare)); break;
    case CHECK: MUST(uv_check_stop(&m->u.check)); break;
    case TIMER: MUST(uv_timer_stop(&m->u.timer)); break;
    case POLL: MUST(uv_poll_stop(&m->u.poll)); break;
  }
}

static void make(int i) {
  memory *m = at[i] = malloc(sizeof *m);
  if (!m) broken("malloc");
  memset(m, 0x5a, sizeof *m);
  m->me = i;
  closing[i] = 0;
  kind[i] = below(8) ? below(4) : ASYNC + below(2);
  switch (kind[i]) {
    case IDLE: MUST(uv_idle_init(&loop, &m->u.idle)); break;
    case PREPARE: MUST(uv_prepare_init(&loop, &m->u.prepare)); break;
    case CHECK: MUST(uv_check_init(&loop, &m->u.check)); break;
    case TIMER: MUST(uv_timer_init(&loop, &m->u.timer)); break;
    case ASYNC: MUST(uv_async_init(&loop, &m->u.async, on_async)); break;
    case POLL: MUST(uv_poll_init(&loop, &m->u.poll, fds[i][1])); break;
  }
  if (below(4)) begin_one(i);
}

static void on_close(uv_handle_t *h) {
  int i = ((memory *) h)->me;
  if (!closing[i] || at[i] != (memory *) h) wrong++;
  ended++;
  digested(&i, sizeof i);
  memset(h, 0xa5, sizeof(memory));
  free(h);
  at[i] = NULL;
  if (!ending && below(4)) {
    make(i);
    change(below(number));
  }
}

static void change(int i) {
  int what = below(12);
  if (!at[i]) {
    make(i);
  } else if (closing[i]) {
    return;
  } else if (what < 5) {
    begin_one(i);
  } else if (what < 8) {
    stop_one(i);
  } else if (what < 10) {
    stop_one(i);
    begin_one(i);
  } else {
    closing[i] = 1;
    uv_close(&at[i]->u.any, on_close);
  }
}

static void all(int n) {
  int i, turn;
  number = n;
  ending = 0;
  MUST(uv_loop_init(&loop));
  for (i = 0; i < n; i++) SYS(pipe2(fds[i], O_CLOEXEC));
  for (i = 0; i < n; i++) make(i);
  for (turn = 0; turn < 150; turn++) {
    for (i = below(6); i > 0; i--) change(below(n));
    uv_run(&loop, UV_RUN_NOWAIT);
    if (turn % 10 == 9)
      say("turn %d: called %d, closed %d, wrong %d, digest %" PRIx64, turn, seen, ended, wrong,
          digest);
  }
  ending = 1;
  for (i = 0; i < n; i++)
    if (at[i] && !closing[i]) {
      closing[i] = 1;
      uv_close(&at[i]->u.any, on_close);
    }
  uv_run(&loop, UV_RUN_DEFAULT);
  say("closed %d, wrong %d", ended, wrong);
  TRY(uv_loop_close(&loop));
  for (i = 0; i < n; i++) {
    close(fds[i][0]);
    close(fds[i][1]);
  }
}

int main(void) {
  begin();
  all(4);
  all(40);
  all(MOST);
  return 0;
}
