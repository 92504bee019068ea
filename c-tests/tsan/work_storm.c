/* Three loops, each on a thread of its own, share the pool: jobs of all kinds, queued
 * from the callbacks of others, some of them cancelled, their memory freed at once. */
#include "trace.h"

#include <netdb.h>

enum { LOOPS = 3, WIDTH = 24, ROUNDS = 40 };

struct side {
  uv_loop_t loop;
  unsigned random;
  int left, begun, ended, cancelled;
};
struct job {
  union {
    uv_req_t req;
    uv_work_t work;
    uv_random_t random;
    uv_getaddrinfo_t lookup;
    uv_getnameinfo_t reverse;
  } u;
  struct side *side;
  int input, output;
  char bytes[32];
};

static void next(struct side *side);

static void ended(struct job *job, int status) {
  struct side *side = job->side;
  side->ended++;
  if (status == UV_ECANCELED) side->cancelled++;
  free(job);
  if (side->left > 0) next(side);
}
static void compute(uv_work_t *req) {
  struct job *job = (struct job *) req;
  int i;
  for (i = 0; i < 200; i++) job->output += job->input;
}
static void computed(uv_work_t *req, int status) {
  struct job *job = (struct job *) req;
  if (status == 0 && job->output != 200 * job->input) {
    say("a job gave %d", job->output);
    exit(1);
  }
  ended(job, status);
}
static void filled(uv_random_t *req, int status, void *bytes, size_t count) {
  struct job *job = (struct job *) req;
  if (bytes != job->bytes || count != sizeof(job->bytes)) broken("random");
  ended(job, status);
}
static void looked_up(uv_getaddrinfo_t *req, int status, struct addrinfo *all) {
  uv_freeaddrinfo(all);
  ended((struct job *) req, status == UV_EAI_CANCELED ? UV_ECANCELED : status);
}
static void named(uv_getnameinfo_t *req, int status, const char *host,
                  const char *service) {
  (void) host;
  (void) service;
  ended((struct job *) req, status == UV_EAI_CANCELED ? UV_ECANCELED : status);
}
static void next(struct side *side) {
  struct job *job = calloc(1, sizeof(*job));
  struct addrinfo hints;
  struct sockaddr_in to;
  if (job == NULL) broken("calloc");
  side->random = side->random * 1664525u + 1013904223u;
  side->left--;
  side->begun++;
  job->side = side;
  job->input = side->left;
  memset(&hints, 0, sizeof(hints));
  hints.ai_flags = AI_NUMERICHOST;
  MUST(uv_ip4_addr("127.0.0.1", 80, &to));
  switch ((side->random >> 16) % 8) {
  case 0:
    MUST(uv_random(&side->loop, &job->u.random, job->bytes, sizeof(job->bytes), 0, filled));
    break;
  case 1:
    MUST(uv_getaddrinfo(&side->loop, &job->u.lookup, looked_up, "127.0.0.1", NULL, &hints));
    break;
  case 2:
    MUST(uv_getnameinfo(&side->loop, &job->u.reverse, named, (struct sockaddr *) &to,
                        NI_NUMERICHOST | NI_NUMERICSERV));
    break;
  default:
    MUST(uv_queue_work(&side->loop, &job->u.work, compute, computed));
  }
  /* EBUSY is an answer, too. */
  if ((side->random >> 8) % 3 == 0) uv_cancel(&job->u.req);
}
static void runner(void *arg) {
  struct side *side = arg;
  int i;
  for (i = 0; i < WIDTH; i++) next(side);
  run(&side->loop, UV_RUN_DEFAULT);
  MUST(uv_loop_close(&side->loop));
}

int main(void) {
  static struct side sides[LOOPS];
  uv_thread_t threads[LOOPS];
  int k, round, wrong = 0;
  begin();
  /* Shut down in between: the next round starts the threads anew. */
  for (round = 0; round < 3; round++) {
    for (k = 0; k < LOOPS; k++) {
      memset(&sides[k], 0, sizeof(sides[k]));
      MUST(uv_loop_init(&sides[k].loop));
      sides[k].random = 1 + LOOPS * round + k;
      sides[k].left = WIDTH * ROUNDS;
    }
    for (k = 0; k < LOOPS; k++) MUST(uv_thread_create(&threads[k], runner, &sides[k]));
    for (k = 0; k < LOOPS; k++) MUST(uv_thread_join(&threads[k]));
    uv_library_shutdown();
    for (k = 0; k < LOOPS; k++) wrong += sides[k].begun != sides[k].ended;
  }
  say("loops that lost a job: %d", wrong);
  return wrong != 0;
}
