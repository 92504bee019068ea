/* accept() goes on failing though a connection waits.
 *
 * libuv 1.53.0: tries again at once and for ever, in silence, on all of a processor.
 * right: tries again a few times a second. An error that is the listener's or a
 *   filter's goes to the connection callback; one that means a shortage (ENOMEM,
 *   ENOBUFS, EMFILE without a descriptor to spare) at each fifth try; the error of one
 *   connection when sixteen in a row are gone; EAGAIN never.
 *   When accept works again, the connection that waited comes.
 * wrong: a loop that spins, a callback in each turn, a failure that lasts and is never
 *   told, or a connection that is lost.
 */
#include "inject.h"

#include <sys/resource.h>

#define CPU_MS 250 /* a loop that spins takes all of 700 */

static uv_loop_t loop;
static uv_tcp_t server, peer;
static int accepted, told, error;

static void on_connection(uv_stream_t *s, int status) {
  if (status) {
    CHECK(status == -error, "connection callback: %s", uv_err_name(status));
    told++;
    return;
  }
  uv_tcp_init(&loop, &peer);
  CHECK(uv_accept(s, (uv_stream_t *)&peer) == 0, "uv_accept");
  accepted++;
  uv_close((uv_handle_t *)&peer, NULL);
  uv_stop(&loop);
}

static void on_timer(uv_timer_t *t) {
  uv_stop(t->loop);
}

static void scenario(void *arg) {
  struct sockaddr_in addr;
  uv_timer_t timer;
  int len = sizeof addr;
  error = *(int *)arg;
  uv_ip4_addr("127.0.0.1", 0, &addr);
  uv_loop_init(&loop);
  uv_tcp_init(&loop, &server);
  uv_tcp_bind(&server, (struct sockaddr *)&addr, 0);
  uv_listen((uv_stream_t *)&server, 5, on_connection);
  uv_tcp_getsockname(&server, (struct sockaddr *)&addr, &len);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(client, (struct sockaddr *)&addr, len) == 0, "connect");
  inject(SYS_accept4, 0, 1000000, error);
  inject_start();
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 700, 0);
  double before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
  uv_run(&loop, UV_RUN_DEFAULT);
  double used = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before;
  int tries = atomic_load(&inject_hits);
  CHECK(used < CPU_MS && tries < 200, "%d tries, %.0f ms of CPU", tries, used);
  CHECK(tries > 1 && accepted == 0, "%d tries, %d accepted", tries, accepted);
  int each = 1;
  if (error == ENOMEM || error == ENOBUFS) each = 5;
  if (error == EMFILE) each = 10; /* each try is two calls */
  if (error == ECONNABORTED || error == EPROTO) each = 16;
  int due = error == EAGAIN ? 0 : tries / each;
  CHECK(told == due, "called back %d times, %d tries", told, tries);
  atomic_store(&injected_[0].times, 0);
  uv_timer_start(&timer, on_timer, 5000, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(accepted == 1, "the connection that waited does not come");
  uv_close((uv_handle_t *)&timer, NULL);
  uv_close((uv_handle_t *)&server, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "the loop does not close");
}

int main(void) {
  static int errors[] = {ENOMEM, ENOBUFS, EMFILE,       EPERM,  EINVAL,
                         ENOSYS, EAGAIN,  ECONNABORTED, EPROTO};
  int wrong = 0;
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    wrong += in_child(strerror(errors[i]), scenario, &errors[i]);
  CHECK(wrong == 0, "%d of these", wrong);
  return 0;
}
