/* Threads: stacks, names, masks, priorities, values of their own, detaching.
 * Not under tsan: its runtime aborts when a thread would join itself. */
#include "trace.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>

static uv_sem_t sem;
static uv_key_t key;

static void stack(void *arg) {
  pthread_attr_t attr;
  size_t size;
  if (pthread_getattr_np(pthread_self(), &attr)) broken("getattr");
  pthread_attr_getstacksize(&attr, &size);
  pthread_attr_destroy(&attr);
  *(size_t *) arg = size;
}

static void stack_of(const char *what, const uv_thread_options_t *options) {
  uv_thread_t t;
  size_t size = 0;
  int r = options ? uv_thread_create_ex(&t, options, stack, &size)
                  : uv_thread_create(&t, stack, &size);
  if (r == 0) MUST(uv_thread_join(&t));
  say("%s -> %s, %d", what, name(r), (int) size);
}

static void limit(rlim_t bytes) {
  struct rlimit l;
  SYS(getrlimit(RLIMIT_STACK, &l));
  l.rlim_cur = bytes;
  SYS(setrlimit(RLIMIT_STACK, &l));
}

static void wait_for_sem(void *arg) {
  (void) arg;
  uv_sem_wait(&sem);
}

static void values(void *arg) {
  say("in the thread: %s", uv_key_get(&key) ? "a value" : "none");
  uv_key_set(&key, arg);
  say("in the thread: %s", (char *) uv_key_get(&key));
}

static void leaves(void *arg) {
  uv_sem_post(arg);
  pthread_exit(NULL);
}

static void names(void) {
  uv_thread_t self = uv_thread_self();
  char text[24];
  size_t size;
  TRY(uv_thread_setname(NULL));
  TRY(uv_thread_setname(""));
  TRY(uv_thread_getname(&self, text, sizeof text));
  say("\"%s\"", text);
  TRY(uv_thread_setname("exactly fifteen"));
  TRY(uv_thread_getname(&self, text, sizeof text));
  say("\"%s\"", text);
  TRY(uv_thread_setname("sixteen and some more"));
  TRY(uv_thread_getname(&self, NULL, 5));
  TRY(uv_thread_getname(&self, text, 0));
  for (size = 1; size < 20; size += 3) {
    memset(text, '#', sizeof text);
    TRY(uv_thread_getname(&self, text, size));
    say("\"%s\" %c %c", text, text[size], text[size - 1] ? '?' : '0');
  }
}

static void masks(void) {
  int i, n = uv_cpumask_size(), allowed = 0, same = 1, cpu;
  uv_thread_t self = uv_thread_self();
  char *mask = malloc((size_t) n + 8), *old = malloc((size_t) n + 8);
  say("mask of %d", n);
  TRY(uv_thread_getaffinity(&self, mask, (size_t) n - 1));
  memset(mask, '#', (size_t) n + 8);
  TRY(uv_thread_getaffinity(&self, mask, (size_t) n + 8));
  for (i = 0; i < n; i++) allowed += mask[i] == 1;
  say("beyond it: %c; as many as sched_getaffinity %d", mask[n],
      allowed == (int) uv_available_parallelism());
  memset(old, '#', (size_t) n + 8);
  TRY(uv_thread_setaffinity(&self, mask, old, (size_t) n));
  for (i = 0; i < n; i++) same &= mask[i] == old[i];
  say("old one %d", same);
  TRY(uv_thread_setaffinity(&self, mask, old, (size_t) n - 1));
  memset(mask, 0, (size_t) n);
  TRY(uv_thread_setaffinity(&self, mask, NULL, (size_t) n));
  cpu = uv_thread_getcpu();
  say("cpu %d", cpu >= 0 && cpu < n && old[cpu] == 1);
  mask[cpu] = 77;
  TRY(uv_thread_setaffinity(&self, mask, old, (size_t) n));
  say("stays %d, parallelism %u", uv_thread_getcpu() == cpu,
      uv_available_parallelism());
  TRY(uv_thread_setaffinity(&self, old, NULL, (size_t) n));
  free(mask);
  free(old);
}

static void priorities(void) {
  uv_thread_t other, self = uv_thread_self();
  int i, p = 99;
  TRY(uv_thread_getpriority(self, NULL));
  TRY(uv_thread_getpriority(self, &p));
  say("%d", p);
  TRY(uv_thread_setpriority(self, UV_THREAD_PRIORITY_HIGHEST + 1));
  TRY(uv_thread_setpriority(self, UV_THREAD_PRIORITY_LOWEST - 1));
  MUST(uv_thread_create(&other, wait_for_sem, NULL));
  for (i = 2; i >= -2; i--) show("other", uv_thread_setpriority(other, i));
  p = 99;
  TRY(uv_thread_getpriority(other, &p));
  say("%d", p);
  uv_sem_post(&sem);
  MUST(uv_thread_join(&other));
  TRY(uv_thread_setpriority(self, UV_THREAD_PRIORITY_BELOW_NORMAL));
  TRY(uv_thread_getpriority(self, &p));
  say("%d", p);
  TRY(uv_thread_setpriority(self, UV_THREAD_PRIORITY_LOWEST));
  TRY(uv_thread_getpriority(self, &p));
  say("%d", p);
}

int main(void) {
  uv_thread_options_t options;
  uv_thread_t t, self = uv_thread_self();

  begin();
  MUST(uv_sem_init(&sem, 0));
  limit(RLIM_INFINITY);
  stack_of("no limit", NULL);
  limit(3 << 20);
  stack_of("limit of 3 MiB", NULL);
  limit((3 << 20) + 5000);
  stack_of("limit of odd size", NULL);
  limit(4096);
  stack_of("tiny limit", NULL);
  limit(3 << 20);
  options.flags = UV_THREAD_NO_FLAGS;
  options.stack_size = 1 << 20;
  stack_of("no flags", &options);
  options.flags = UV_THREAD_HAS_STACK_SIZE;
  stack_of("1 MiB", &options);
  options.stack_size = 0;
  stack_of("0", &options);
  options.stack_size = 42;
  stack_of("42", &options);
  options.stack_size = (1 << 20) + 1;
  stack_of("1 MiB and 1", &options);

  MUST(uv_thread_create(&t, wait_for_sem, NULL));
  say("%d %d %d", uv_thread_equal(&t, &t) != 0, uv_thread_equal(&t, &self) != 0,
      uv_thread_equal(&self, &self) != 0);
  uv_sem_post(&sem);
  TRY(uv_thread_join(&t));
  show("join itself", uv_thread_join(&self));
  MUST(uv_thread_create(&t, leaves, &sem));
  TRY(uv_thread_detach(&t));
  uv_sem_wait(&sem);
  MUST(uv_thread_create(&t, leaves, &sem));
  TRY(uv_thread_join(&t));
  uv_sem_wait(&sem);

  TRY(uv_key_create(&key));
  uv_key_set(&key, "of the main thread");
  MUST(uv_thread_create(&t, values, "of the thread"));
  MUST(uv_thread_join(&t));
  say("in main: %s", (char *) uv_key_get(&key));
  uv_key_set(&key, NULL);
  say("in main: %s", uv_key_get(&key) ? "a value" : "none");
  uv_key_delete(&key);

  names();
  masks();
  priorities();
  uv_sem_destroy(&sem);
  leftovers();
  return 0;
}
