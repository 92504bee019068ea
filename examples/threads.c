/* A thread that tells the loop of its progress.
 *
 * uv_async_send is the one function for a handle that another thread may call.
 * Sends that come before the callback has run are one call of it, so what is to
 * be said is kept beside the handle, under a lock.
 *
 * Prints:
 *   progress: 100 %
 *   thread has ended
 */
#include <stdio.h>
#include <uv.h>

static uv_async_t changed;
static uv_mutex_t lock;
static int percent;

static void work(void* arg) {
  (void) arg;
  for (int i = 1; i <= 100; i++) {
    uv_mutex_lock(&lock);
    percent = i;
    uv_mutex_unlock(&lock);
    uv_async_send(&changed);
  }
}

static void on_change(uv_async_t* handle) {
  uv_mutex_lock(&lock);
  int now = percent;
  uv_mutex_unlock(&lock);
  if (now == 100) {
    printf("progress: %d %%\n", now);
    uv_close((uv_handle_t*) handle, NULL);
  }
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  uv_thread_t thread;
  uv_mutex_init(&lock);
  uv_async_init(loop, &changed, on_change);
  uv_thread_create(&thread, work, NULL);
  uv_run(loop, UV_RUN_DEFAULT); /* the open async handle keeps the loop running */
  uv_thread_join(&thread);
  puts("thread has ended");
  uv_mutex_destroy(&lock);
  return uv_loop_close(loop);
}
