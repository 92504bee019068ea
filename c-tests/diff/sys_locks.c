/* Locks, semaphores, conditions, barriers and once: what each call answers. */
#include "trace.h"

#include <limits.h>
#include <pthread.h>

static uv_mutex_t mutex;
static uv_rwlock_t rwlock;
static uv_sem_t sem;
static uv_cond_t cond;
static uv_barrier_t barrier;
static uv_once_t once = UV_ONCE_INIT;
static int serial, ran, flag;

static void tries(void *arg) {
  (void) arg;
  if (TRY(uv_mutex_trylock(&mutex)) == 0) uv_mutex_unlock(&mutex);
  if (TRY(uv_rwlock_tryrdlock(&rwlock)) == 0) uv_rwlock_rdunlock(&rwlock);
  if (TRY(uv_rwlock_trywrlock(&rwlock)) == 0) uv_rwlock_wrunlock(&rwlock);
}

static void elsewhere(const char *when) {
  uv_thread_t t;
  say("-- %s", when);
  MUST(uv_thread_create(&t, tries, NULL));
  MUST(uv_thread_join(&t));
}

static void count_once(void) { ran++; }
static void call_once(void *arg) {
  (void) arg;
  uv_once(&once, count_once);
}

static void wait_at_barrier(void *arg) {
  int round;
  (void) arg;
  for (round = 0; round < 100; round++)
    __atomic_add_fetch(&serial, uv_barrier_wait(&barrier), __ATOMIC_SEQ_CST);
}

static void raises(void *arg) {
  (void) arg;
  uv_mutex_lock(&mutex);
  flag = 1;
  uv_cond_broadcast(&cond);
  uv_mutex_unlock(&mutex);
}

static void waits(void *arg) {
  (void) arg;
  uv_mutex_lock(&mutex);
  while (!flag) uv_cond_wait(&cond, &mutex);
  uv_mutex_unlock(&mutex);
}

static void on_signal(int s) { (void) s; }
static void interrupts(void *arg) {
  usleep(20000);
  pthread_kill(*(pthread_t *) arg, SIGUSR1);
  usleep(20000);
  uv_sem_post(&sem);
}

int main(void) {
  uv_thread_t t[8];
  pthread_t self = pthread_self();
  struct sigaction action;
  int i;

  begin();
  TRY(uv_mutex_init(&mutex));
  TRY(uv_rwlock_init(&rwlock));
  elsewhere("free");
  uv_mutex_lock(&mutex);
  uv_rwlock_rdlock(&rwlock);
  elsewhere("held, to read");
  TRY(uv_mutex_trylock(&mutex));
  TRY(uv_rwlock_tryrdlock(&rwlock));
  uv_rwlock_rdunlock(&rwlock);
  uv_rwlock_rdunlock(&rwlock);
  uv_rwlock_wrlock(&rwlock);
  elsewhere("held, to write");
  uv_rwlock_wrunlock(&rwlock);
  uv_mutex_unlock(&mutex);
  uv_mutex_destroy(&mutex);
  uv_rwlock_destroy(&rwlock);

  TRY(uv_rwlock_init(&rwlock));
  TRY(uv_mutex_init_recursive(&mutex));
  uv_mutex_lock(&mutex);
  uv_mutex_lock(&mutex);
  TRY(uv_mutex_trylock(&mutex));
  uv_mutex_unlock(&mutex);
  uv_mutex_unlock(&mutex);
  elsewhere("recursive, held once");
  uv_mutex_unlock(&mutex);
  elsewhere("recursive, free");
  uv_mutex_destroy(&mutex);
  uv_rwlock_destroy(&rwlock);

  TRY(uv_sem_init(&sem, (unsigned) INT_MAX + 1));
  TRY(uv_sem_init(&sem, 2));
  uv_sem_wait(&sem);
  TRY(uv_sem_trywait(&sem));
  TRY(uv_sem_trywait(&sem));
  uv_sem_post(&sem);
  TRY(uv_sem_trywait(&sem));
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  SYS(sigaction(SIGUSR1, &action, NULL));
  MUST(uv_thread_create(&t[0], interrupts, &self));
  uv_sem_wait(&sem);
  say("a signal does not end the wait");
  MUST(uv_thread_join(&t[0]));
  uv_sem_destroy(&sem);

  TRY(uv_mutex_init(&mutex));
  TRY(uv_cond_init(&cond));
  uv_cond_signal(&cond);
  uv_cond_broadcast(&cond);
  uv_mutex_lock(&mutex);
  TRY(uv_cond_timedwait(&cond, &mutex, 0));
  TRY(uv_cond_timedwait(&cond, &mutex, 1000000));
  uv_mutex_unlock(&mutex);
  for (i = 0; i < 4; i++) MUST(uv_thread_create(&t[i], waits, NULL));
  MUST(uv_thread_create(&t[4], raises, NULL));
  for (i = 0; i < 5; i++) MUST(uv_thread_join(&t[i]));
  flag = 0;
  uv_mutex_lock(&mutex);
  MUST(uv_thread_create(&t[0], raises, NULL));
  i = 0;
  while (!flag && i == 0)
    i = uv_cond_timedwait(&cond, &mutex, (uint64_t) 20 * 1000000000);
  show("woken before the time", i);
  uv_mutex_unlock(&mutex);
  MUST(uv_thread_join(&t[0]));
  uv_cond_destroy(&cond);
  uv_mutex_destroy(&mutex);

  TRY(uv_barrier_init(&barrier, 0));
  TRY(uv_barrier_init(&barrier, 1));
  say("alone: %d", uv_barrier_wait(&barrier));
  say("alone: %d", uv_barrier_wait(&barrier));
  uv_barrier_destroy(&barrier);
  TRY(uv_barrier_init(&barrier, 4));
  for (i = 0; i < 4; i++) MUST(uv_thread_create(&t[i], wait_at_barrier, NULL));
  for (i = 0; i < 4; i++) MUST(uv_thread_join(&t[i]));
  uv_barrier_destroy(&barrier);
  say("one of each 4, in 100 rounds: %d", serial);

  for (i = 0; i < 8; i++) MUST(uv_thread_create(&t[i], call_once, NULL));
  for (i = 0; i < 8; i++) MUST(uv_thread_join(&t[i]));
  say("once: %d", ran);
  leftovers();
  return 0;
}
