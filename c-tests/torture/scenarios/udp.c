/* Datagrams to a handle that takes many at a time, by every way of sending. */
#include "../scenario.h"

#include <netinet/in.h>

enum { DATAGRAMS = 6 };

static uv_udp_t receiver, sender;
static uv_udp_send_t reqs[2];
static unsigned char seen[DATAGRAMS];
static int received;
static char memory[65536 * 4]; /* room for four */

static void on_many_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf) {
  (void)handle, (void)size;
  *buf = uv_buf_init(memory, sizeof memory);
}

static void on_receive(uv_udp_t *handle, ssize_t count, const uv_buf_t *buf,
                       const struct sockaddr *from, unsigned flags) {
  (void)handle;
  if (count < 0) {
    TRY(count);
    return give_up();
  }
  if (flags & UV_UDP_MMSG_FREE || !from) return;
  CHECK(count == 100 && !(flags & UV_UDP_PARTIAL), "a datagram of %zd bytes", count);
  int number = buf->base[0];
  CHECK(number >= 0 && number < DATAGRAMS && !seen[number], "the datagram %d", number);
  for (int i = 0; i < 100; i++) CHECK(buf->base[i] == number, "bytes of a datagram");
  seen[number] = 1;
  if (++received == DATAGRAMS) give_up();
}

static void on_sent(uv_udp_send_t *req, int status) {
  if (came(req, status) < 0) give_up();
}

static int send_all(const struct sockaddr *to) {
  static char bytes[DATAGRAMS][100];
  uv_buf_t bufs[DATAGRAMS], *each[DATAGRAMS];
  unsigned lengths[DATAGRAMS] = {1, 1, 1, 1, 1, 1};
  struct sockaddr *addresses[DATAGRAMS];
  for (int i = 0; i < DATAGRAMS; i++) {
    memset(bytes[i], i, 100);
    bufs[i] = uv_buf_init(bytes[i], 100);
    each[i] = &bufs[i];
    addresses[i] = (struct sockaddr *)to;
  }
  if (TRY(uv_udp_try_send(&sender, &bufs[2], 1, to)) < 0) return -1;
  int done = TRY(uv_udp_try_send2(&sender, DATAGRAMS - 3, &each[3], &lengths[3], &addresses[3], 0));
  if (done < 0) return -1;
  if (done < DATAGRAMS - 3 && TRY(UV_EAGAIN)) return -1;
  for (int i = 0; i < 2; i++) {
    if (TRY(uv_udp_send(&reqs[i], &sender, &bufs[i], 1, to, on_sent))) return -1;
    sent(&reqs[i], "uv_udp_send");
  }
  return 0;
}

static int start(void) {
  struct sockaddr_in address;
  int size = sizeof address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  if (TRY(uv_udp_init_ex(&loop, &receiver, AF_INET | UV_UDP_RECVMMSG)) ||
      TRY(uv_udp_init(&loop, &sender)) ||
      TRY(uv_udp_bind(&receiver, (struct sockaddr *)&address, 0)) ||
      TRY(uv_udp_set_ttl(&receiver, 8)) ||
      TRY(uv_udp_getsockname(&receiver, (struct sockaddr *)&address, &size)) ||
      TRY(uv_udp_recv_start(&receiver, on_many_alloc, on_receive)))
    return -1;
  return send_all((struct sockaddr *)&address);
}

void scenario(void) {
  if (!begin()) return;
  if (start()) give_up();
  finish();
  CHECK(troubled() || received == DATAGRAMS, "%d of %d datagrams", received, DATAGRAMS);
}
