/* uv_cancel() of a request that was never handed over, because the function that takes it
 * has failed, or did its work at once; of one that is over; of one that is cancelled; of
 * memory that never was a request. The request's memory is full of nonsense before.
 *
 * libuv 1.53.0: aborts where it cannot make its threads. uv_cancel() of a request that has
 *   no callback follows whatever pointer is in its memory. Within the callback that is told
 *   UV_ECANCELED it queues the request anew, which is called back twice.
 * right: UV_EBUSY, or UV_EINVAL for what is no request; 0 for a request whose cancellation
 *   is still to be told; never a crash, and each callback once.
 */
#include "check.h"
#include <sys/resource.h>
#include <netdb.h>
#include <arpa/inet.h>

static uv_loop_t loop;
static int called, begun;
static uv_sem_t go;

static union {
  uv_req_t base;
  union uv_any_req any;
} request;

#define R(r) ((uv_req_t *) (r))
#define ENDS(result, text)                                                        \
  do {                                                                            \
    int ends_ = (result);                                                         \
    CHECK(ends_ == UV_EBUSY || ends_ == UV_EINVAL, "%s, %s: uv_cancel is %d", how, text, ends_); \
  } while (0)

static void *fresh(int with) { return memset(&request, with, sizeof request); }

static void on_work(uv_work_t *r) { (void) r; }
static void after_work(uv_work_t *r, int status) { (void) r, (void) status, called++; }
static void on_fs(uv_fs_t *r) { (void) r, called++; }
static void on_random(uv_random_t *r, int status, void *to, size_t n) {
  (void) r, (void) status, (void) to, (void) n, called++;
}
static void on_addresses(uv_getaddrinfo_t *r, int status, struct addrinfo *list) {
  (void) r, (void) status, called++;
  uv_freeaddrinfo(list);
}
static void on_names(uv_getnameinfo_t *r, int status, const char *host, const char *service) {
  (void) r, (void) status, (void) host, (void) service, called++;
}

static struct sockaddr_in address(int family) {
  struct sockaddr_in a;
  memset(&a, 0, sizeof a);
  a.sin_family = (sa_family_t) family;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

/* Calls that fail before anything is handed over. */
static void wrong_arguments(const char *how, int with) {
  struct sockaddr_in unknown = address(77);
  char byte;
  uv_fs_t *fs;
  CHECK(uv_queue_work(&loop, fresh(with), NULL, after_work) == UV_EINVAL, "uv_queue_work");
  if (with == 0) ENDS(uv_cancel(R(&request)), "queue_work without work");
  CHECK(uv_random(&loop, fresh(with), &byte, 1, 1, on_random) == UV_EINVAL, "uv_random");
  if (with == 0) ENDS(uv_cancel(R(&request)), "random with flags");
  CHECK(uv_getaddrinfo(&loop, fresh(with), on_addresses, NULL, NULL, NULL) == UV_EINVAL,
        "uv_getaddrinfo");
  if (with == 0) ENDS(uv_cancel(R(&request)), "getaddrinfo of nothing");
  CHECK(uv_getnameinfo(&loop, fresh(with), on_names, (struct sockaddr *) &unknown, 0) == UV_EINVAL,
        "uv_getnameinfo");
  if (with == 0) ENDS(uv_cancel(R(&request)), "getnameinfo of an unknown family");
  CHECK(uv_fs_stat(&loop, fs = fresh(with), NULL, on_fs) == UV_EINVAL, "uv_fs_stat");
  ENDS(uv_cancel(R(fs)), "fs_stat of no path");
  CHECK(uv_fs_read(&loop, fs = fresh(with), 0, NULL, 0, -1, on_fs) == UV_EINVAL, "uv_fs_read");
  ENDS(uv_cancel(R(fs)), "fs_read of no buffers");
}

/* Requests without a callback are over when the call returns. */
static void synchronous(const char *how, int with) {
  struct sockaddr_in here = address(AF_INET);
  uv_getaddrinfo_t *names = fresh(with);
  uv_fs_t *fs;
  CHECK(uv_getaddrinfo(&loop, names, NULL, "127.0.0.1", NULL, NULL) == 0, "uv_getaddrinfo");
  ENDS(uv_cancel(R(names)), "getaddrinfo without a callback");
  uv_freeaddrinfo(names->addrinfo);
  CHECK(uv_getnameinfo(&loop, fresh(with), NULL, (struct sockaddr *) &here,
                       NI_NUMERICHOST | NI_NUMERICSERV) == 0, "uv_getnameinfo");
  ENDS(uv_cancel(R(&request)), "getnameinfo without a callback");
  CHECK(uv_fs_stat(&loop, fs = fresh(with), ".", NULL) == 0, "uv_fs_stat");
  ENDS(uv_cancel(R(fs)), "fs_stat without a callback");
  uv_fs_req_cleanup(fs);
  ENDS(uv_cancel(R(fs)), "fs_stat that is cleaned up");
  CHECK(uv_fs_stat(NULL, fs = fresh(with), "absent", NULL) == UV_ENOENT, "uv_fs_stat");
  ENDS(uv_cancel(R(fs)), "fs_stat without a loop");
  uv_fs_req_cleanup(fs);
}

/* A call that fails because no thread can be made, and so hands nothing over. */
static void without_threads(const char *how, int with) {
  struct sockaddr_in here = address(AF_INET);
  char byte;
  int error;
  error = uv_queue_work(&loop, fresh(with), on_work, after_work);
  CHECK(error < 0, "%s: uv_queue_work without threads is %d", how, error);
  ENDS(uv_cancel(R(&request)), "queue_work without threads");
  error = uv_random(&loop, fresh(with), &byte, 1, 0, on_random);
  CHECK(error < 0, "%s: uv_random without threads is %d", how, error);
  ENDS(uv_cancel(R(&request)), "random without threads");
  error = uv_getaddrinfo(&loop, fresh(with), on_addresses, "127.0.0.1", NULL, NULL);
  CHECK(error < 0, "%s: uv_getaddrinfo without threads is %d", how, error);
  ENDS(uv_cancel(R(&request)), "getaddrinfo without threads");
  error = uv_getnameinfo(&loop, fresh(with), on_names, (struct sockaddr *) &here, 0);
  CHECK(error < 0, "%s: uv_getnameinfo without threads is %d", how, error);
  ENDS(uv_cancel(R(&request)), "getnameinfo without threads");
  error = uv_fs_mkdir(&loop, fresh(with), "made", 0700, on_fs);
  CHECK(error < 0, "%s: uv_fs_mkdir without threads is %d", how, error);
  ENDS(uv_cancel(R(&request)), "fs_mkdir without threads");
  uv_fs_req_cleanup((uv_fs_t *) &request);
  CHECK(called == 0 && !uv_loop_alive(&loop), "%s: a failed call left the loop alive", how);
}

static void *stack_of(void *unused) { return unused; }

/* Whether threads cannot be made from now on, in this process. */
static int refuse_threads(void) {
  struct rlimit none = {0, 0};
  pthread_t thread;
  if (setrlimit(RLIMIT_NPROC, &none) || setgid(12345) || setuid(12345)) return 0;
  if (pthread_create(&thread, NULL, stack_of, NULL) == 0) {
    pthread_join(thread, NULL);
    return 0;
  }
  return 1;
}

/* In a child, which has no threads yet and can lose the right to make some. */
static void in_child(int with) {
  pid_t child = fork();
  int status;
  CHECK(child >= 0, "fork");
  if (child == 0) {
    if (!refuse_threads()) _exit(77);
    without_threads(with ? "nonsense" : "zeroes", with);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child, "waitpid");
  CHECK(!WIFSIGNALED(status), "without threads: killed by signal %d", WTERMSIG(status));
  if (WEXITSTATUS(status) == 77) SKIP("threads can be made whatever is forbidden");
  CHECK(WEXITSTATUS(status) == 0, "see above");
}

static void block(uv_work_t *r) {
  (void) r;
  uv_sem_wait(&go);
}
static void after_block(uv_work_t *r, int status) {
  (void) r;
  CHECK(status == 0, "work that has begun ends with %d", status);
  begun--;
}
static int cancelled;
static void after_cancel(uv_work_t *r, int status) {
  CHECK(status == UV_ECANCELED, "cancelled work ends with %d", status);
  CHECK(uv_cancel(R(r)) == UV_EBUSY, "a cancelled request can be cancelled in its callback");
  cancelled++;
}

/* Cancelled twice, in its callback, and afterwards; finished, and its loop gone. */
static void twice(void) {
  uv_work_t blocks[4], one;
  int i;
  CHECK(uv_sem_init(&go, 0) == 0, "uv_sem_init");
  begun = 4;
  for (i = 0; i < 4; i++) CHECK(uv_queue_work(&loop, &blocks[i], block, after_block) == 0, "work");
  memset(&one, 0x5a, sizeof one);
  CHECK(uv_queue_work(&loop, &one, on_work, after_cancel) == 0, "work");
  CHECK(uv_cancel(R(&one)) == 0, "work that waits cannot be cancelled");
  CHECK(uv_cancel(R(&one)) == 0, "work cannot be cancelled twice before it is told");
  for (i = 0; i < 4; i++) uv_sem_post(&go);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(cancelled == 1, "a cancelled request is called back %d times", cancelled);
  CHECK(uv_cancel(R(&one)) == UV_EBUSY, "a request can be cancelled after it was cancelled");
  CHECK(uv_cancel(R(&blocks[0])) == UV_EBUSY, "work that is over can be cancelled");
  CHECK(uv_loop_close(&loop) == 0, "uv_loop_close");
  memset(&loop, 0xa5, sizeof loop);
  CHECK(uv_cancel(R(&blocks[0])) == UV_EBUSY, "work of a loop that is gone");
  uv_sem_destroy(&go);
}

int main(void) {
  const char *how = "zeroes";
  int with;
  deadline(30, "a request is never called back");
  scratch();
  chmod(".", 0777);
  CHECK(uv_loop_init(&loop) == 0, "uv_loop_init");
  ENDS(uv_cancel(fresh(0)), "no request");
  for (with = 0; with < 256; with += 0x5a) {
    how = with ? "nonsense" : "zeroes";
    in_child(with);
    wrong_arguments(how, with);
    synchronous(how, with);
  }
  CHECK(called == 0, "%d callbacks of requests that failed", called);
  twice();
  return 0;
}
