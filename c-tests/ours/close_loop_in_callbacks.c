/* uv_loop_close in the callback of a loop's last handle or request, after which the program
 * frees the loop's memory, or makes another loop there.
 *
 * libuv 1.53.0: uv_run returns 0 if the callback was a close callback and the memory stays;
 * it uses freed memory otherwise.
 * right: uv_run returns 0 without a look at the loop.
 */
#include "check.h"

enum end { KEEP, FREE, AGAIN, ENDS };

static uv_loop_t *loop;
static const char *name;
static enum end how;
static int closed, inner, modes[] = {UV_RUN_DEFAULT, UV_RUN_ONCE, UV_RUN_NOWAIT};

static void end(void) {
  int r = uv_loop_close(loop);
  CHECK(r == 0, "%s: uv_loop_close returned %d", name, r);
  closed++;
  memset(loop, 0xdb, sizeof *loop);
  if (how == AGAIN) CHECK(uv_loop_init(loop) == 0, "uv_loop_init failed");
  if (how == FREE) {
    free(loop);
    loop = NULL;
  }
}
static void on_close(uv_handle_t *h) {
  (void) h;
  end();
}
static void on_nothing(uv_handle_t *h) { (void) h; }
static void on_async(uv_async_t *h) { uv_close((uv_handle_t *) h, on_close); }
static void on_idle(uv_idle_t *h) { uv_close((uv_handle_t *) h, on_close); }
static void on_timer(uv_timer_t *h) { uv_close((uv_handle_t *) h, on_close); }
static void nested_close(uv_handle_t *h) {
  uv_close(h, on_close);
  inner = uv_run(loop, UV_RUN_NOWAIT);
  CHECK(inner == 0, "the inner uv_run returned %d", inner);
}
static void nested_async(uv_async_t *h) { nested_close((uv_handle_t *) h); }
static void nested_idle(uv_idle_t *h) { nested_close((uv_handle_t *) h); }
static void nested_prepare(uv_prepare_t *h) { nested_close((uv_handle_t *) h); }
static void nested_poll(uv_poll_t *h, int status, int events) {
  (void) status, (void) events;
  nested_close((uv_handle_t *) h);
}
static void on_work(uv_work_t *r) { (void) r; }
static void on_worked(uv_work_t *r, int status) {
  (void) r, (void) status;
  end();
}
static void on_random(uv_random_t *r, int status, void *buf, size_t len) {
  (void) r, (void) status, (void) buf, (void) len;
  end();
}
static void on_fs(uv_fs_t *r) {
  uv_fs_req_cleanup(r);
  end();
}
static void on_addresses(uv_getaddrinfo_t *r, int status, struct addrinfo *list) {
  (void) r, (void) status;
  uv_freeaddrinfo(list);
  end();
}

static union {
  uv_async_t async;
  uv_idle_t idle;
  uv_check_t check;
  uv_prepare_t prepare;
  uv_timer_t timer;
  uv_poll_t poll;
  uv_work_t work;
  uv_random_t random;
  uv_fs_t fs;
  uv_getaddrinfo_t addresses;
} a, b;
/* The check's close callback is the last one. */
static void nested_check(uv_check_t *h) {
  uv_close((uv_handle_t *) h, on_close);
  uv_close((uv_handle_t *) &b, on_nothing);
  inner = uv_run(loop, UV_RUN_NOWAIT);
  CHECK(inner == 0, "the inner uv_run returned %d", inner);
}
static void no_wait(uv_idle_t *h) { (void) h; }
static char bytes[8];
static int fds[2];

static void closing(void) {
  uv_idle_init(loop, &a.idle);
  uv_close((uv_handle_t *) &a, on_close);
}
/* The callback that comes last closes the loop. */
static void closing_two(void) {
  uv_async_init(loop, &a.async, NULL);
  uv_async_init(loop, &b.async, NULL);
  uv_async_send(&b.async);
  uv_close((uv_handle_t *) &a, on_close);
  uv_close((uv_handle_t *) &b, on_nothing);
}
static void async(void) {
  uv_async_init(loop, &a.async, on_async);
  uv_async_send(&a.async);
}
static void idle(void) {
  uv_idle_init(loop, &a.idle);
  uv_idle_start(&a.idle, on_idle);
}
static void timer(void) {
  uv_timer_init(loop, &a.timer);
  uv_timer_start(&a.timer, on_timer, 0, 1);
}
static void async_inside(void) {
  uv_async_init(loop, &a.async, nested_async);
  uv_async_send(&a.async);
}
static void idle_inside(void) {
  uv_idle_init(loop, &a.idle);
  uv_idle_start(&a.idle, nested_idle);
}
static void check_inside(void) {
  uv_check_init(loop, &a.check);
  uv_check_start(&a.check, nested_check);
  uv_idle_init(loop, &b.idle);
  uv_idle_start(&b.idle, no_wait);
}
static void prepare_inside(void) {
  uv_prepare_init(loop, &a.prepare);
  uv_prepare_start(&a.prepare, nested_prepare);
}
static void poll_inside(void) {
  uv_poll_init(loop, &a.poll, fds[1]);
  uv_poll_start(&a.poll, UV_WRITABLE, nested_poll);
}
static void work(void) { uv_queue_work(loop, &a.work, on_work, on_worked); }
static void random_(void) { uv_random(loop, &a.random, bytes, sizeof bytes, 0, on_random); }
static void fs(void) { uv_fs_stat(loop, &a.fs, "/", on_fs); }
static void addresses(void) {
  uv_getaddrinfo(loop, &a.addresses, on_addresses, "127.0.0.1", "80", NULL);
}

static const struct {
  const char *name;
  void (*start)(void);
} cases[] = {{"closing", closing}, {"closing two", closing_two}, {"async", async},
             {"idle", idle}, {"timer", timer}, {"nested async", async_inside},
             {"nested idle", idle_inside}, {"nested check", check_inside},
             {"nested prepare", prepare_inside}, {"nested poll", poll_inside},
             {"work", work}, {"random", random_}, {"fs", fs}, {"addresses", addresses}};

int main(void) {
  deadline(30, "uv_run does not return");
  CHECK(pipe(fds) == 0, "no pipe");
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int j = 0; j < 3; j++) {
      for (how = KEEP; how < ENDS; how++) {
        int r, mode = modes[j];
        loop = malloc(sizeof *loop);
        CHECK(uv_loop_init(loop) == 0, "uv_loop_init failed");
        name = cases[i].name;
        cases[i].start();
        closed = 0;
        /* Turns that do not wait may be many, until a thread of the pool gets a processor. */
        do r = uv_run(loop, mode);
        while (!closed);
        CHECK(closed == 1, "%s: the loop was closed %d times", name, closed);
        CHECK(r == 0, "%s, mode %d, %d: uv_run returned %d", name, mode, how, r);
        if (how == AGAIN) {
          r = uv_run(loop, UV_RUN_DEFAULT);
          CHECK(r == 0, "the new loop's uv_run returned %d", r);
          CHECK(uv_loop_close(loop) == 0, "the new loop was not closed");
        }
        free(loop);
      }
    }
  }
  return 0;
}
