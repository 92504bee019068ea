/* What every benchmark program shares: the clocks, the time box, the report line.
 *
 * A program runs for BENCH_MS milliseconds (300 unless told) and prints
 *     name operations wall_ns cpu_ns
 * where cpu_ns is the CPU time, user and system, of all threads of the process
 * under test: the process CPU clock, which is getrusage's sum in nanoseconds.
 *
 * With BENCH_HOLD=1 it stops at both ends of the measured stretch: it prints
 * "begin" (later "end") and waits for a line on stdin, so that a tracer can be
 * attached to exactly that stretch.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BENCH_OK(expr)                                                         \
  do {                                                                         \
    long bench_rc_ = (long)(expr);                                             \
    if (bench_rc_ < 0) {                                                       \
      fprintf(stderr, "%s:%d: %s = %ld\n", __FILE__, __LINE__, #expr,          \
              bench_rc_);                                                      \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

#define BENCH_UNUSED __attribute__((unused))

static clockid_t bench_cpu_clock BENCH_UNUSED = CLOCK_PROCESS_CPUTIME_ID;
static uint64_t bench_wall_sum BENCH_UNUSED, bench_cpu_sum BENCH_UNUSED;
static uint64_t bench_wall_from BENCH_UNUSED, bench_cpu_from BENCH_UNUSED;
static uint64_t bench_deadline BENCH_UNUSED;

static BENCH_UNUSED uint64_t bench_clock(clockid_t id) {
  struct timespec t;
  if (clock_gettime(id, &t)) {
    perror("clock_gettime");
    exit(1);
  }
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static BENCH_UNUSED uint64_t bench_now(void) {
  return bench_clock(CLOCK_MONOTONIC);
}

static BENCH_UNUSED uint64_t bench_ms(void) {
  const char *s = getenv("BENCH_MS");
  return s ? strtoull(s, NULL, 10) : 300;
}

/* The value of "key=value" among the arguments, or the default. */
static BENCH_UNUSED const char *bench_arg(char **argv, const char *key,
                                          const char *otherwise) {
  size_t n = strlen(key);
  for (; *argv; argv++)
    if (!strncmp(*argv, key, n) && (*argv)[n] == '=')
      return *argv + n + 1;
  return otherwise;
}

static BENCH_UNUSED size_t bench_num(char **argv, const char *key, size_t otherwise) {
  const char *s = bench_arg(argv, key, NULL);
  return s ? strtoull(s, NULL, 10) : otherwise;
}

/* Dies with its parent, whatever happens to the driver; allows many sockets. */
static BENCH_UNUSED void bench_init(void) {
  struct rlimit lim;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#ifdef PR_SET_PTRACER
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
#endif
  signal(SIGPIPE, SIG_IGN);
  if (!getrlimit(RLIMIT_NOFILE, &lim)) {
    lim.rlim_cur = lim.rlim_max;
    setrlimit(RLIMIT_NOFILE, &lim);
  }
}

static BENCH_UNUSED void bench_hold(const char *word) {
  char c;
  if (!getenv("BENCH_HOLD"))
    return;
  printf("%s\n", word);
  fflush(stdout);
  while (read(0, &c, 1) == 1 && c != '\n')
    ;
}

static BENCH_UNUSED void bench_resume(void) {
  bench_cpu_from = bench_clock(bench_cpu_clock);
  bench_wall_from = bench_now();
}

static BENCH_UNUSED void bench_pause(void) {
  bench_wall_sum += bench_now() - bench_wall_from;
  bench_cpu_sum += bench_clock(bench_cpu_clock) - bench_cpu_from;
}

/* Opens the measured stretch and sets the time box. */
static BENCH_UNUSED void bench_begin(void) {
  bench_hold("begin");
  bench_wall_sum = bench_cpu_sum = 0;
  bench_deadline = bench_now() + bench_ms() * 1000000u;
  bench_resume();
}

static BENCH_UNUSED int bench_over(void) { return bench_now() >= bench_deadline; }

static BENCH_UNUSED void bench_report(const char *name, uint64_t ops) {
  bench_hold("end");
  printf("%s %llu %llu %llu\n", name, (unsigned long long)ops,
         (unsigned long long)bench_wall_sum, (unsigned long long)bench_cpu_sum);
  fflush(stdout);
}

static BENCH_UNUSED void bench_end(const char *name, uint64_t ops) {
  bench_pause();
  bench_report(name, ops);
}

/* A server says where it listens and waits to be killed by the driver. */
static BENCH_UNUSED void bench_ready(const char *address) {
  printf("ready %ld %s\n", (long)getpid(), address);
  fflush(stdout);
}

/* xorshift: the same sequence on both sides. */
static uint64_t bench_seed BENCH_UNUSED = 88172645463325252u;
static BENCH_UNUSED uint64_t bench_rand(void) {
  bench_seed ^= bench_seed << 13;
  bench_seed ^= bench_seed >> 7;
  bench_seed ^= bench_seed << 17;
  return bench_seed;
}

static BENCH_UNUSED void *bench_alloc(size_t n, size_t size) {
  void *p = calloc(n, size);
  if (!p) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  return p;
}

#endif
