/* The two ends of a socket pair, polled: one writes when it may, the other reads. */
#include "../scenario.h"

static uv_poll_t reader, writer;
static int ends[2], got, wrote;

void prepare(void) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)) abort();
}

static void on_writable(uv_poll_t *handle, int status, int events) {
  if (TRY(status) < 0) return give_up();
  CHECK(events & UV_WRITABLE, "events %d", events);
  CHECK(!wrote, "polled after it was stopped");
  wrote = 1;
  if (quietly(write(ends[1], "x", 1)) != 1) abort();
  if (TRY(uv_poll_stop(handle))) give_up();
}

static void on_readable(uv_poll_t *handle, int status, int events) {
  char byte;
  (void)handle;
  if (TRY(status) < 0) return give_up();
  if (!(events & UV_READABLE)) return;
  ssize_t count = quietly(read(ends[0], &byte, 1));
  CHECK(count == 1 && byte == 'x', "readable, but read says %zd", count);
  if (++got == 1) wrote = 0;
  if (got == 2) return give_up();
  if (TRY(uv_poll_start(&writer, UV_WRITABLE, on_writable))) give_up();
}

void scenario(void) {
  if (!begin()) return;
  if (TRY(uv_poll_init_socket(&loop, &reader, ends[0])) ||
      TRY(uv_poll_init_socket(&loop, &writer, ends[1])) ||
      TRY(uv_poll_start(&reader, UV_READABLE | UV_DISCONNECT, on_readable)) ||
      TRY(uv_poll_start(&writer, UV_WRITABLE, on_writable)))
    give_up();
  finish();
  CHECK(troubled() || got == 2, "%d bytes", got);
}
