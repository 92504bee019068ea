/* A process that answers an on-access scanner's questions (fanotify) from its loop,
 * those about its own opens and reads among them.
 *
 * libuv 1.53.0: they wait in the thread pool, and the loop answers.
 * right: the same; nothing that may ask is done on the loop's thread, which would
 * wait for itself.
 */
#include "scanner.h"

static int fan, answered;

static void on_question(uv_poll_t *handle, int status, int events) {
  char buf[4096];
  ssize_t n = read(fan, buf, sizeof buf);
  struct fanotify_event_metadata *e = (void *)buf;
  (void)handle, (void)status, (void)events;
  for (; n > 0 && FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
    struct fanotify_response answer = {e->fd, FAN_ALLOW};
    CHECK(write(fan, &answer, sizeof answer) > 0, "no answer is taken");
    close(e->fd);
    answered++;
  }
}

int main(void) {
  uv_poll_t questions;
  scratch();
  deadline(20, "the loop waits for itself");
  if (!private_mounts()) SKIP("needs root: a mount namespace");
  own_mount("fs");
  put_file("fs/file", "hello");
  begin_ticks();
  warm_up("fs/file");
  fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);
  if (fan < 0) SKIP("needs root and fanotify");
  CHECK(uv_poll_init(loop, &questions, fan) == 0, "uv_poll_init fails");
  uv_poll_start(&questions, UV_READABLE, on_question);
  uv_unref((uv_handle_t *)&questions);
  if (mark_mount(fan, "fs")) SKIP("needs fanotify (FAN_OPEN_PERM)");
  for (int i = 0; i < 300; i++) use_file("fs/file");
  CHECK(answered >= 300, "%d questions only", answered);
  return 0;
}
