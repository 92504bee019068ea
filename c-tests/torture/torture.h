/* Shared by the parts of a torture program: the page that the supervisor and the
 * program under it have in common, and what each part offers to the others.
 *
 *   inject.c    main: forks one process per run and supervises it
 *   filter.c    seccomp filters: which system calls are watched
 *   memory.c    malloc and its family: fails the n-th call, counts what is live
 *   scenario.c  what scenario.h offers to the scenarios
 */
#ifndef TORTURE_H
#define TORTURE_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What one run is about. */
struct spec {
  enum { COUNT, PLAIN, ALLOC, CALL, FDS, NO_THREADS, NO_PROC } kind;
  int call;       /* CALL: the number of the system call */
  unsigned n;     /* ALLOC, CALL: which one, from 1; FDS: the limit */
  int from;       /* ALLOC, CALL: all from there on, too */
  int error;      /* CALL */
  int trace;      /* say where the failure was made */
};

enum { RIGHT = 0, FAULT = 1, ERROR = 3 };

enum { MOST_WAITING = 128 };

/* Memory that the supervisor and the run share. */
struct shared {
  _Atomic int listener; /* the seccomp listener's number in the run, or 0 */
  _Atomic int go;       /* the supervisor has its copy of the listener */
  _Atomic int armed;    /* failures are made */
  _Atomic int quiet;    /* except in the main thread */
  _Atomic int reached;  /* the failure was made */
  _Atomic unsigned allocations;
  _Atomic int errors;     /* errors that the library reported */
  int live_uv, live_libc; /* allocations at the end, by who made them */
  int descriptors;        /* opened and not closed */
  char first[160];        /* the first error */
  char fault[400];        /* KIND: what */
  char step[320];         /* what was done last */
  struct {
    const void *request;
    const char *what;
  } waiting[MOST_WAITING]; /* callbacks that have not come */
  char where[100];         /* a signal ended it: in what function */
  uintptr_t stack[48];     /* where the failure was made, or where it hangs */
};

extern struct shared *page;
extern struct spec spec;

/* memory.c */
void memory_find_library(void);
void memory_watch(void);
int memory_live(int library);
const char *memory_leaks(int of_library);
void *memory_allocate(size_t size);
void *memory_resize(void *old, size_t size);
int in_library(uintptr_t address);
uintptr_t library_offset(uintptr_t address);

/* filter.c */
void filter_install(void);

/* scenario.c */
void scenario_run(void);

#endif
