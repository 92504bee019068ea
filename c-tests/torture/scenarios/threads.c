/* Threads and what they wait with; a handle sent to from two of them. */
#include "../scenario.h"

enum { THREADS = 2, SENDS = 20 };

static uv_async_t async;
static uv_mutex_t mutex;
static uv_cond_t cond;
static uv_sem_t sem;
static uv_barrier_t barrier;
static uv_rwlock_t rwlock;
static uv_key_t key;
static int total, callbacks;
static _Atomic int ready;

static void body(void *argument) {
  (void)argument;
  uv_key_set(&key, &total);
  uv_barrier_wait(&barrier);
  for (int i = 0; i < SENDS; i++) {
    uv_rwlock_rdlock(&rwlock);
    uv_rwlock_rdunlock(&rwlock);
    uv_mutex_lock(&mutex);
    total++;
    uv_cond_signal(&cond);
    uv_mutex_unlock(&mutex);
    uv_async_send(&async);
  }
  if (uv_key_get(&key) != &total) WRONG("the key's value");
  ready++;
  uv_sem_post(&sem);
  uv_async_send(&async);
}

static int threads;

static void on_async(uv_async_t *handle) {
  (void)handle;
  callbacks++;
  if (ready == threads) give_up();
}

static void with_all(void) {
  uv_thread_t ids[THREADS];
  uv_thread_options_t options = {UV_THREAD_HAS_STACK_SIZE, 65536};
  if (TRY(uv_thread_create(&ids[0], body, NULL)) == 0) threads++;
  if (TRY(uv_thread_create_ex(&ids[threads], &options, body, NULL)) == 0) threads++;
  if (!threads) give_up();
  run();
  give_up();
  for (int i = 0; i < threads; i++) {
    uv_sem_wait(&sem);
    if (TRY(uv_thread_join(&ids[i]))) WRONG("a thread that cannot be joined");
  }
  CHECK(total == threads * SENDS, "%d, not %d", total, threads * SENDS);
  CHECK(!threads || callbacks, "no callback");
}

void scenario(void) {
  if (!begin()) return;
  int made = 0;
  if (!TRY(uv_mutex_init(&mutex)) && ++made && !TRY(uv_cond_init(&cond)) && ++made &&
      !TRY(uv_sem_init(&sem, 0)) && ++made && !TRY(uv_barrier_init(&barrier, 1)) && ++made &&
      !TRY(uv_rwlock_init(&rwlock)) && ++made && !TRY(uv_key_create(&key)) && ++made &&
      !TRY(uv_async_init(&loop, &async, on_async)))
    with_all();
  if (made > 5) uv_key_delete(&key);
  if (made > 4) uv_rwlock_destroy(&rwlock);
  if (made > 3) uv_barrier_destroy(&barrier);
  if (made > 2) uv_sem_destroy(&sem);
  if (made > 1) uv_cond_destroy(&cond);
  if (made > 0) uv_mutex_destroy(&mutex);
  finish();
}
