/* Has the making of one thread of the pool fail, each time in a new child, whose pool is
 * new as well: what needs the pool says so and leaves nothing behind, and works once
 * there is a thread. */
#define _GNU_SOURCE
#include "rounds.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static int (*real_pthread_create)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
static int left;

int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*body)(void*), void* with) {
  return left-- == 0 ? EAGAIN : real_pthread_create(thread, how, body, with);
}

static atomic_int blocks;
static void* give(size_t n) { return atomic_fetch_add(&blocks, 1), malloc(n); }
static void* give_zeros(size_t n, size_t size) { return atomic_fetch_add(&blocks, 1), calloc(n, size); }
static void* give_more(void* p, size_t n) {
  if (p == NULL) atomic_fetch_add(&blocks, 1);
  return realloc(p, n);
}
static void take(void* p) {
  if (p != NULL) atomic_fetch_sub(&blocks, 1);
  free(p);
}

static uv_loop_t loop;
static uv_fs_poll_t polled;
static uv_fs_t stat_;
static uv_work_t work;
static uv_getaddrinfo_t names;
static int ended;
static void on_poll(uv_fs_poll_t* handle, int status, const uv_stat_t* a, const uv_stat_t* b) {
  (void) handle, (void) status, (void) a, (void) b;
}
static void on_stat(uv_fs_t* req) { ended += req->result == 0; }
static void on_work(uv_work_t* req) { (void) req; }
static void on_worked(uv_work_t* req, int status) {
  (void) req;
  ended += status == 0;
}
static void on_names(uv_getaddrinfo_t* req, int status, struct addrinfo* list) {
  (void) req, (void) status;
  uv_freeaddrinfo(list);
}

static int ask(int what) {
  switch (what) {
    case 0: return uv_fs_poll_start(&polled, on_poll, "/proc/self", 1000);
    case 1: return uv_queue_work(&loop, &work, on_work, on_worked);
    case 2: return uv_getaddrinfo(&loop, &names, on_names, "127.0.0.1", "80", NULL);
    default: return uv_fs_stat(&loop, &stat_, "/proc/self", on_stat);
  }
}
static void close_one(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}
static void in_child(int round) {
  int before = blocks, what = round % 4, result;
  left = round / 4 % 5;
  /* More threads than the pool has places for by itself. */
  if (round / 20 % 2 == 1) CHECK(setenv("UV_THREADPOOL_SIZE", "6", 1) == 0);
  CHECK(uv_loop_init(&loop) == 0);
  CHECK(uv_fs_poll_init(&loop, &polled) == 0);
  result = ask(what);
  CHECK(result == (round / 4 % 5 == 0 ? UV_EAGAIN : 0));
  CHECK(uv_loop_alive(&loop) == (result == 0));
  if (what == 3) {
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_fs_req_cleanup(&stat_);
  }
  uv_walk(&loop, close_one, NULL);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  /* There are threads now. */
  ended = 0;
  CHECK(uv_queue_work(&loop, &work, on_work, on_worked) == 0);
  CHECK(uv_run(&loop, UV_RUN_DEFAULT) == 0);
  CHECK(ended == 1);
  CHECK(uv_loop_close(&loop) == 0);
  uv_library_shutdown();
  CHECK(blocks == before);
  _exit(0);
}

static void set_up(uv_loop_t* of_main) {
  (void) of_main;
  *(void**) &real_pthread_create = dlsym(RTLD_NEXT, "pthread_create");
  CHECK(real_pthread_create != NULL);
  CHECK(uv_replace_allocator(give, give_more, give_zeros, take) == 0);
}

static void one_round(uv_loop_t* of_main) {
  static int round;
  int status;
  pid_t child = fork();
  (void) of_main;
  CHECK(child >= 0);
  if (child == 0) in_child(round);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  round++;
}
