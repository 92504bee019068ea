/* What a scenario is written with.
 *
 * A scenario does a piece of work with the library and checks what it gets, while
 * any call may fail. It defines scenario(), and prepare() if something must be
 * there before failures begin. Its rules:
 *
 *   TRY(call)         notes an error that the call returns, and returns its result
 *   sent(req, what)   the callback of this request is owed, once
 *   came(req, status) it has come; notes an error; returns the status
 *   give_up()         closes every handle of the loop: what to do after an error
 *   WRONG(...)        data or an order that the library must not produce
 *
 * Data must be right up to where an error is reported, and complete if none was.
 * begin() makes the loop and says whether it could; finish() runs it to its end,
 * closes it and checks that each callback came.
 */
#ifndef SCENARIO_H
#define SCENARIO_H
#include "torture.h"

#include <uv.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

extern uv_loop_t loop;

/* Defined by each program. */
void scenario(void);
void prepare(void);

int begin(void);
void run(void);
void finish(void);

int tried(int64_t result, const char *what);
#define TRY(call) tried((call), #call)

void sent(const void *request, const char *what);
int came(const void *request, int64_t status);
void give_up(void);
void close_handle(void *handle);

/* Whether the library has reported an error to the scenario. */
static inline int troubled(void) { return page->errors > 0; }

_Noreturn void fault(const char *kind, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define WRONG(...) fault("wrong", __VA_ARGS__)
#define CHECK(cond, ...)        \
  do {                          \
    if (!(cond)) WRONG(__VA_ARGS__); \
  } while (0)

/* The scenario's own system calls are not made to fail between these. */
#define quietly(call)                          \
  ({                                           \
    page->quiet = 1;                           \
    __typeof__(call) quietly_result_ = (call); \
    page->quiet = 0;                           \
    quietly_result_;                           \
  })

/* The program that scenarios spawn; see helper.c. */
extern char helper_path[];

/* Memory to read into. */
void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf);

#endif
