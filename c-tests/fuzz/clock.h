/* A clock that only this program moves, for the themes whose traces must be equal: the
 * program's own clock_gettime, epoll_wait and epoll_pwait stand before the C library's.
 * A wait in which nothing happens takes no time and moves the clock by its timeout. */
#ifndef CLOCK_H
#define CLOCK_H

#include "trace.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>

static int clock_is_ours;
static uint64_t clock_ns;

int clock_gettime(clockid_t clock, struct timespec *t) {
  if (!clock_is_ours) return (int) syscall(SYS_clock_gettime, clock, t);
  t->tv_sec = (time_t) (clock_ns / 1000000000u);
  t->tv_nsec = (long) (clock_ns % 1000000000u);
  return 0;
}

static void advance(int ms) { clock_ns += (uint64_t) ms * 1000000u; }

static int wait_for(int fd, struct epoll_event *events, int most, int timeout,
                    const sigset_t *mask) {
  int n;
  if (!clock_is_ours)
    return (int) syscall(SYS_epoll_pwait, fd, events, most, timeout, mask, 8);
  n = (int) syscall(SYS_epoll_pwait, fd, events, most, 0, mask, 8);
  if (n != 0 || timeout == 0) return n;
  if (timeout < 0) {
    say("FAULT: waits for ever");
    _exit(1);
  }
  advance(timeout);
  return 0;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout) {
  return wait_for(fd, events, most, timeout, NULL);
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int timeout,
                const sigset_t *mask) {
  return wait_for(fd, events, most, timeout, mask);
}

#endif
