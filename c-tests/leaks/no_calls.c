/* Has one system call of a round fail that makes something, or that the loop watches
 * descriptors with. The library finds these functions before the C library's. */
#define _GNU_SOURCE
#include "doings.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

static long (*real_syscall)(long, ...);
static int (*real_pthread_create)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

static int fails(int error) {
  if (spare()) return 0;
  errno = error;
  return 1;
}

/* The functions that are one system call, without what else they do. */
#define FAILS(error, ...) (fails(error) ? -1 : (int) real_syscall(__VA_ARGS__))

int epoll_create1(int flags) { return FAILS(EMFILE, SYS_epoll_create1, flags); }
int epoll_ctl(int epoll, int op, int fd, struct epoll_event* event) {
  if (op == EPOLL_CTL_DEL) return (int) real_syscall(SYS_epoll_ctl, epoll, op, fd, event);
  return FAILS(ENOSPC, SYS_epoll_ctl, epoll, op, fd, event);
}
int eventfd(unsigned value, int flags) { return FAILS(EMFILE, SYS_eventfd2, value, flags); }
int inotify_init1(int flags) { return FAILS(EMFILE, SYS_inotify_init1, flags); }
int inotify_add_watch(int fd, const char* path, uint32_t mask) {
  return FAILS(ENOSPC, SYS_inotify_add_watch, fd, path, mask);
}
int socket(int domain, int type, int protocol) {
  return FAILS(EMFILE, SYS_socket, domain, type, protocol);
}
int socketpair(int domain, int type, int protocol, int fds[2]) {
  return FAILS(EMFILE, SYS_socketpair, domain, type, protocol, fds);
}
int pipe2(int fds[2], int flags) { return FAILS(EMFILE, SYS_pipe2, fds, flags); }
int accept4(int fd, struct sockaddr* address, socklen_t* length, int flags) {
  return FAILS(EMFILE, SYS_accept4, fd, address, length, flags);
}
int bind(int fd, const struct sockaddr* address, socklen_t length) {
  return FAILS(EADDRNOTAVAIL, SYS_bind, fd, address, length);
}
int listen(int fd, int backlog) { return FAILS(EADDRINUSE, SYS_listen, fd, backlog); }
int setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return FAILS(ENOBUFS, SYS_setsockopt, fd, level, name, value, length);
}
int open(const char* path, int flags, ...) {
  va_list rest;
  int mode;
  va_start(rest, flags);
  mode = va_arg(rest, int);
  va_end(rest);
  return FAILS(EMFILE, SYS_openat, AT_FDCWD, path, flags, mode);
}
int fcntl(int fd, int command, ...) {
  va_list rest;
  long value;
  va_start(rest, command);
  value = va_arg(rest, long);
  va_end(rest);
  return FAILS(EINVAL, SYS_fcntl, fd, command, value);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*body)(void*), void* with) {
  return spare() ? real_pthread_create(thread, how, body, with) : EAGAIN;
}
/* Among the calls that the library makes by their numbers. */
long syscall(long number, ...) {
  va_list rest;
  long a[6];
  int i;
  va_start(rest, number);
  for (i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_pidfd_open && fails(EMFILE)) return -1;
  if (number == SYS_statx && fails(EACCES)) return -1;
  return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static __attribute__((constructor)) void find(void) {
  *(void**) &real_syscall = dlsym(RTLD_NEXT, "syscall");
  *(void**) &real_pthread_create = dlsym(RTLD_NEXT, "pthread_create");
}

static void set_up(uv_loop_t* of_main) {
  (void) of_main;
  CHECK(real_syscall != NULL && real_pthread_create != NULL);
}
