/* A program that has long run its loop, and then asks for the backend descriptor: what
 * came before it asked, and what comes later, makes it readable all the same. */
#include "trace.h"

static uv_loop_t loop;
static uv_async_t first, second;
static uv_signal_t watcher;
static uv_work_t job;
static uv_sem_t worked;
static int asked;

static void on_async(uv_async_t *a) { say("  async %s", a == &first ? "first" : "second"); }
static void on_signal(uv_signal_t *s, int number) {
  (void) s;
  say("  signal %d", number);
}
static void work(uv_work_t *w) {
  (void) w;
  uv_sem_post(&worked);
}
static void after_work(uv_work_t *w, int status) {
  (void) w;
  say("  work %s", name(status));
}
static void send_first(void *arg) {
  (void) arg;
  MUST(uv_async_send(&first));
}

static int readable(int timeout) {
  struct pollfd p = {uv_backend_fd(&loop), POLLIN, 0};
  return (int) AGAIN(poll(&p, 1, timeout));
}
static void from_thread(void (*entry)(void *)) {
  uv_thread_t thread;
  MUST(uv_thread_create(&thread, entry, NULL));
  MUST(uv_thread_join(&thread));
}

/* The sources of news; each is looked at outside uv_run. */
static void sends(void) { MUST(uv_async_send(&second)); }
static void sends_two(void) {
  MUST(uv_async_send(&second));
  from_thread(send_first);
}
static void raises(void) { raise(SIGUSR1); }
static void works(void) {
  MUST(uv_queue_work(&loop, &job, work, after_work));
  uv_sem_wait(&worked);
}
static void nothing(void) {}

/* A loop that nobody has asked yet gets news; then somebody asks. With `also`, the loop
 * takes that news in by a turn of its own before. */
static void round_of(const char *what, void (*news)(void), int also, int expected) {
  say("%s%s", what, also ? ", and a turn" : "");
  asked = 0;
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &first, on_async));
  MUST(uv_async_init(&loop, &second, on_async));
  MUST(uv_signal_init(&loop, &watcher));
  MUST(uv_signal_start(&watcher, on_signal, SIGUSR1));
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_run(&loop, UV_RUN_NOWAIT);
  news();
  if (also) uv_run(&loop, UV_RUN_ONCE);
  say("  when first asked: %d", readable(expected && !also ? 8000 : 0));
  while (readable(0)) uv_run(&loop, UV_RUN_NOWAIT);
  news();
  say("  later: %d", readable(expected ? 8000 : 0));
  while (readable(0)) uv_run(&loop, UV_RUN_NOWAIT);
  say("  at last: %d", readable(0));
  close_all(&loop);
  MUST(uv_loop_close(&loop));
}

/* Asked for by a callback, inside uv_run. */
static void on_async_ask(uv_async_t *a) {
  if (!asked++) {
    say("  asked inside, fd %s", uv_backend_fd(&loop) >= 0 ? "there" : "missing");
    MUST(uv_async_send(a));
    return;
  }
  say("  async once more");
}
static void asked_inside(void) {
  say("asked for inside uv_run");
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &first, on_async_ask));
  uv_run(&loop, UV_RUN_NOWAIT);
  send_first(NULL);
  while (!asked) uv_run(&loop, UV_RUN_NOWAIT);
  say("  a send is under way: %d", readable(8000));
  while (readable(0)) uv_run(&loop, UV_RUN_NOWAIT);
  from_thread(send_first);
  say("  another thread's: %d", readable(8000));
  while (readable(0)) uv_run(&loop, UV_RUN_NOWAIT);
  close_all(&loop);
  MUST(uv_loop_close(&loop));
}

/* The child's loop is a new one below; it was asked for in the parent. */
static void forked(void) {
  pid_t pid;
  int status;
  say("asked for before a fork");
  MUST(uv_loop_init(&loop));
  MUST(uv_async_init(&loop, &first, on_async));
  uv_run(&loop, UV_RUN_NOWAIT);
  say("  before: %d", readable(0));
  fflush(stdout);
  pid = fork();
  if (pid < 0) broken("fork");
  if (pid == 0) {
    MUST(uv_loop_fork(&loop));
    uv_run(&loop, UV_RUN_NOWAIT);
    from_thread(send_first);
    say("  the child's: %d", readable(8000));
    while (readable(0)) uv_run(&loop, UV_RUN_NOWAIT);
    close_all(&loop);
    MUST(uv_loop_close(&loop));
    fflush(stdout);
    _exit(0);
  }
  SYS(waitpid(pid, &status, 0));
  say("  child: %d", status);
  close_all(&loop);
  MUST(uv_loop_close(&loop));
}

int main(void) {
  int also;
  begin();
  MUST(uv_sem_init(&worked, 0));
  for (also = 0; also < 2; also++) {
    if (!also) round_of("nothing", nothing, 0, 0);
    round_of("a send", sends, also, 1);
    round_of("two sends, one by another thread", sends_two, also, 1);
    round_of("a signal", raises, also, 1);
    round_of("work", works, also, 1);
  }
  asked_inside();
  forked();
  uv_sem_destroy(&worked);
  MUST(uv_loop_init(&loop));
  return finish(&loop);
}
