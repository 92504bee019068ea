/* uvx_run_for: one turn of the loop that waits no longer than it is told.
 *
 * right: never longer than the time (but for the kernel's slack and a busy
 * machine's scheduler) and never shorter unless there was something to do; timers,
 * finished work, async handles, signals, uv_stop and idle handles as in uv_run with
 * UV_RUN_ONCE; UV_EINVAL for what is not a loop, or a loop that a callback has closed;
 * the same where filters refuse epoll_pwait2 and ppoll, without spinning.
 */
#include "check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>

unsigned uvx_version(void);
int uvx_run_for(uv_loop_t *loop, uint64_t nanoseconds);

#define MS UINT64_C(1000000)
/* What a busy machine may add to a wait. */
#define SLACK (500 * MS)

static uv_loop_t loop;
static int calls;

static void on_timer(uv_timer_t *t) { (void)t, calls++; }
static void on_idle(uv_idle_t *i) { (void)i, calls++; }
static void on_async(uv_async_t *a) { (void)a, calls++; }
static void on_signal(uv_signal_t *s, int n) { (void)s, (void)n, calls++; }
static void do_nothing(uv_work_t *w) { (void)w; }
static void on_work(uv_work_t *w, int status) { (void)w, calls += status == 0; }
static void never(uv_async_t *a) { (void)a, calls += 1000; }

static int ran; /* what the last turn returned */

/* Runs a turn and returns how many nanoseconds it took. */
static uint64_t turn(uint64_t limit) {
  uint64_t began = uv_hrtime();
  ran = uvx_run_for(&loop, limit);
  return uv_hrtime() - began;
}

static void close_all_(uv_handle_t *h, void *arg) {
  (void)arg;
  if (!uv_is_closing(h)) uv_close(h, NULL);
}

static void end(void) {
  uv_walk(&loop, close_all_, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "the loop cannot be closed");
}

static void begin(void) {
  calls = 0;
  CHECK(uv_loop_init(&loop) == 0, "no loop");
}

static void not_a_loop(void) {
  static uv_loop_t zero;
  CHECK(uvx_version() >= 0x010000, "version %x", uvx_version());
  CHECK(uvx_run_for(NULL, 0) == UV_EINVAL, "a null loop");
  CHECK(uvx_run_for(&zero, 0) == UV_EINVAL, "zeroed memory");
  begin();
  CHECK(turn(10000 * MS) < 5000 * MS && ran == 0, "a loop without handles waits");
  end();
  CHECK(uvx_run_for(&loop, 0) == UV_EINVAL, "a closed loop");
}

/* A handle that nothing happens to keeps the loop alive. */
static void waits(void) {
  uv_async_t quiet;
  begin();
  uv_async_init(&loop, &quiet, never);
  CHECK(turn(0) < 100 * MS && ran, "0 waits");
  static const uint64_t limits[] = {1, 1000, 250000, 2 * MS + 1, 30 * MS, 300 * MS};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    uint64_t took = turn(limits[i]);
    CHECK(ran, "the handle does not keep the loop alive");
    CHECK(took >= limits[i], "%llu ns: waited %llu", (unsigned long long)limits[i],
          (unsigned long long)took);
    CHECK(took < limits[i] + SLACK, "%llu ns: waited %llu", (unsigned long long)limits[i],
          (unsigned long long)took);
  }
  /* The median of short waits is far from a millisecond too late. */
  int late = 0;
  for (int i = 0; i < 51; i++) late += turn(300000) > 300000 + 20 * MS;
  CHECK(late < 26, "%d of 51 waits of 0.3 ms take 20 ms longer", late);
  CHECK(calls == 0, "%d calls without a send", calls);
  end();
}

static void timers(void) {
  uv_timer_t soon, late;
  begin();
  uv_timer_init(&loop, &soon);
  uv_timer_init(&loop, &late);
  uv_timer_start(&soon, on_timer, 20, 0);
  uv_timer_start(&late, on_timer, 60000, 0);
  uint64_t took = turn(30000 * MS);
  CHECK(calls == 1 && ran, "the timer that is due in the wait: %d calls", calls);
  CHECK(took < 20 * MS + SLACK, "the timer does not end the wait");
  took = turn(5 * MS);
  CHECK(calls == 1 && took >= 5 * MS && took < 5 * MS + SLACK, "a timer far away");
  /* Due at once, and then for as long as the limit is. */
  uv_timer_start(&soon, on_timer, 0, 0);
  CHECK(turn(10000 * MS) < 5000 * MS && calls == 2, "a timer of 0 ms");
  CHECK(uv_backend_timeout(&loop) > 0, "uv_backend_timeout knows of the limit");
  /* UINT64_MAX is UV_RUN_ONCE. */
  uv_timer_start(&soon, on_timer, 30, 0);
  took = turn(UINT64_MAX);
  CHECK(calls == 3 && took < 30 * MS + SLACK, "without a limit");
  uv_timer_stop(&late);
  CHECK(turn(10000 * MS) < 5000 * MS && ran == 0, "nothing is left, and it waits");
  end();
}

static void idle_and_stop(void) {
  uv_idle_t idle;
  uv_async_t quiet;
  begin();
  uv_async_init(&loop, &quiet, never);
  uv_idle_init(&loop, &idle);
  uv_idle_start(&idle, on_idle);
  CHECK(turn(10000 * MS) < 5000 * MS && calls == 1, "an idle handle: %d calls", calls);
  uv_idle_stop(&idle);
  uv_stop(&loop);
  CHECK(turn(10000 * MS) < 5000 * MS && ran, "a stopped loop waits");
  CHECK(turn(3 * MS) >= 3 * MS, "uv_stop lasts for two runs");
  end();
}

static void *send_later(void *async) {
  usleep(20000);
  uv_async_send(async);
  return NULL;
}

static void others_bring_something(void) {
  uv_async_t async;
  uv_work_t work;
  uv_signal_t sig;
  pthread_t thread;
  begin();
  uv_async_init(&loop, &async, on_async);
  pthread_create(&thread, NULL, send_later, &async);
  CHECK(turn(30000 * MS) < 20000 * MS && calls == 1, "a send does not end the wait");
  pthread_join(thread, NULL);
  uv_async_send(&async);
  turn(0);
  CHECK(calls == 2, "0 does not look for a send");
  uv_queue_work(&loop, &work, do_nothing, on_work);
  while (calls == 2) CHECK(turn(30000 * MS) < 20000 * MS, "work does not end the wait");
  uv_signal_init(&loop, &sig);
  uv_signal_start(&sig, on_signal, SIGUSR1);
  raise(SIGUSR1);
  CHECK(turn(30000 * MS) < 20000 * MS && calls == 4, "a signal does not end the wait");
  end();
}

static void ignore(int n) { (void)n; }
static atomic_bool over;

static void *storm(void *thread) {
  while (!over) {
    pthread_kill(*(pthread_t *)thread, SIGUSR2);
    usleep(200);
  }
  return NULL;
}

/* Interrupted waits neither end nor begin anew. */
static void interrupted(void) {
  struct sigaction action = {.sa_handler = ignore};
  uv_async_t quiet;
  pthread_t me = pthread_self(), thread;
  begin();
  uv_async_init(&loop, &quiet, never);
  sigaction(SIGUSR2, &action, NULL);
  pthread_create(&thread, NULL, storm, &me);
  uint64_t took = turn(200 * MS);
  over = true;
  pthread_join(thread, NULL);
  CHECK(took >= 200 * MS && took < 200 * MS + 2 * SLACK, "interrupted: waited %llu",
        (unsigned long long)took);
  end();
}

static void on_outer(uv_timer_t *t) {
  (void)t;
  calls++;
  CHECK(turn(2 * MS) >= 2 * MS, "an inner turn does not wait");
}

/* The limit of an outer turn is no limit of an inner one, nor the other way round. */
static void nested(void) {
  uv_timer_t outer;
  uv_async_t quiet;
  begin();
  uv_async_init(&loop, &quiet, never);
  uv_timer_init(&loop, &outer);
  uv_timer_start(&outer, on_outer, 1, 0);
  turn(10000 * MS);
  CHECK(calls == 1, "the outer timer was called %d times", calls);
  CHECK(turn(5 * MS) >= 5 * MS, "the turn after a nested one");
  end();
}

static void metrics(void) {
  uv_async_t quiet;
  uv_metrics_t info;
  begin();
  uv_loop_configure(&loop, UV_METRICS_IDLE_TIME);
  uv_async_init(&loop, &quiet, never);
  turn(20 * MS);
  CHECK(uv_metrics_idle_time(&loop) >= 19 * MS, "idle for %llu ns",
        (unsigned long long)uv_metrics_idle_time(&loop));
  uv_metrics_info(&loop, &info);
  CHECK(info.loop_count == 1 && info.events == 0, "%llu turns",
        (unsigned long long)info.loop_count);
  end();
}

static int inner;

static void on_last_close(uv_handle_t *h) {
  CHECK(uv_loop_close(h->loop) == 0, "the loop cannot be closed in its last callback");
  inner = uvx_run_for(h->loop, 0);
}

static void closed_in_callback(void) {
  uv_timer_t timer;
  begin();
  uv_timer_init(&loop, &timer);
  uv_close((uv_handle_t *)&timer, on_last_close);
  turn(0);
  CHECK(ran == 0, "a turn that has closed its loop returns %d", ran);
  CHECK(inner == UV_EINVAL, "in the callback that has closed the loop: %d", inner);
  CHECK(uvx_run_for(&loop, 0) == UV_EINVAL, "a loop that a callback has closed");
}

/* Refuses a system call from now on. */
static bool refuse(int number, int error) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* Long waits use no processor time to speak of. */
static void rests(void) {
  uv_async_t quiet;
  begin();
  uv_async_init(&loop, &quiet, never);
  double before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
  turn(500 * MS);
  double used = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before;
  CHECK(used < 100, "a wait of 500 ms takes %.0f ms of processor time", used);
  end();
}

static void refused(int error, bool ppoll_too) {
  int status;
  pid_t child = fork();
  CHECK(child >= 0, "no child");
  if (child == 0) {
    if (!refuse(SYS_epoll_pwait2, error) || (ppoll_too && !refuse(SYS_ppoll, error)))
      _exit(77);
    waits();
    others_bring_something();
    interrupted();
    rests();
    _exit(0);
  }
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) SKIP("no seccomp filters here");
  CHECK(status == 0, "epoll_pwait2%s refused with %s: status %x",
        ppoll_too ? " and ppoll" : "", strerror(error), status);
}

int main(void) {
  deadline(60, "uvx_run_for hangs");
  closed_in_callback();
  for (int both = 0; both < 2; both++) {
    refused(ENOSYS, both);
    refused(EPERM, both);
  }
  rests();
  not_a_loop();
  waits();
  timers();
  idle_and_stop();
  others_bring_something();
  interrupted();
  nested();
  metrics();
  return 0;
}
