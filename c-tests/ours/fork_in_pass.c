/* A thread forks while the loop's thread is in the callback of an async handle. The child
 * repairs the loop and sends to that handle and to one that was initialised after it.
 *
 * libuv 1.53.0: the child waits for ever.
 * right: both are called back in the child.
 */
#include "check.h"

static uv_loop_t loop;
static uv_async_t first, second;
static atomic_int in_callback, forked;
static int called;

static void on_child_async(uv_async_t *h) {
  called++;
  uv_close((uv_handle_t *)h, NULL);
}

static int in_child(void) {
  alarm(5);
  if (uv_loop_fork(&loop)) return 2;
  first.async_cb = on_child_async;
  second.async_cb = on_child_async;
  uv_async_send(&first);
  uv_async_send(&second);
  uv_run(&loop, UV_RUN_DEFAULT);
  return called == 2 ? 0 : 3;
}

static void *forks(void *result) {
  int status;
  while (!in_callback) sched_yield();
  pid_t child = fork();
  if (child == 0) _exit(in_child());
  waitpid(child, &status, 0);
  *(int *)result = status;
  forked = 1;
  return NULL;
}

static void on_first(uv_async_t *h) {
  in_callback = 1;
  while (!forked) usleep(1000);
  uv_close((uv_handle_t *)h, NULL);
  uv_close((uv_handle_t *)&second, NULL);
}

static void on_second(uv_async_t *h) { (void)h; }

int main(void) {
  pthread_t thread;
  int status = -1;
  deadline(15, "the parent waits");
  uv_loop_init(&loop);
  uv_async_init(&loop, &first, on_first);
  uv_async_init(&loop, &second, on_second);
  pthread_create(&thread, NULL, forks, &status);
  uv_async_send(&first);
  uv_run(&loop, UV_RUN_DEFAULT);
  pthread_join(thread, NULL);
  CHECK(!WIFSIGNALED(status), "the child waited for ever");
  CHECK(status == 0, "the child ended with status %d", WEXITSTATUS(status));
  return 0;
}
