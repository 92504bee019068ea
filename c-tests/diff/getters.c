/* Getters and setters of handles, requests and streams. */
#include "trace.h"

static uv_loop_t loop;
static void on_async(uv_async_t *a) { (void) a; }
static void on_write(uv_write_t *w, int status) { (void) w; (void) status; }

static void about(void *h) {
  uv_handle_set_data(h, "data");
  say("%s: type %d, size %d, loop %d, data %d %d, active %d, ref %d, closing %d",
      uv_handle_type_name(uv_handle_get_type(h)), uv_handle_get_type(h),
      (int) uv_handle_size(uv_handle_get_type(h)), uv_handle_get_loop(h) == &loop,
      uv_handle_get_data(h) == ((uv_handle_t *) h)->data,
      strcmp(uv_handle_get_data(h), "data") == 0, uv_is_active(h), uv_has_ref(h),
      uv_is_closing(h));
  uv_handle_set_data(h, NULL);
}

int main(void) {
  static uv_timer_t timer;
  static uv_idle_t idle;
  static uv_prepare_t prepare;
  static uv_check_t check;
  static uv_async_t async;
  static uv_tcp_t tcp, fresh;
  static uv_write_t w;
  uv_buf_t b;
  int peer;
  begin();
  MUST(uv_loop_init(&loop));
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_prepare_init(&loop, &prepare));
  MUST(uv_check_init(&loop, &check));
  MUST(uv_async_init(&loop, &async, on_async));
  MUST(uv_tcp_init(&loop, &fresh));
  peer = tcp_with_peer(&loop, &tcp);
  about(&timer);
  about(&idle);
  about(&prepare);
  about(&check);
  about(&async);
  about(&fresh);
  about(&tcp);
  say("data survives init");
  fresh.data = "x";
  CLOSE(&timer);
  run(&loop, UV_RUN_NOWAIT);
  timer.data = "kept";
  MUST(uv_timer_init(&loop, &timer));
  say("%s", (const char *) timer.data);

  say("request");
  memset(&w, 0, sizeof w);
  b = text_buf("abc");
  uv_req_set_data((uv_req_t *) &w, "mine");
  MUST(uv_write(&w, S(&tcp), &b, 1, on_write));
  say("data %s, type %s %d", (const char *) uv_req_get_data((uv_req_t *) &w),
      uv_req_type_name(uv_req_get_type((uv_req_t *) &w)), w.handle == S(&tcp));
  run(&loop, UV_RUN_NOWAIT);
  say("data %s", (const char *) w.data);
  say("nwritten %d", (int) uv_write_nwritten(&w));

  say("stream");
  say("fresh: readable %d writable %d queue %d", uv_is_readable(S(&fresh)),
      uv_is_writable(S(&fresh)), (int) uv_stream_get_write_queue_size(S(&fresh)));
  say("connected: readable %d writable %d", uv_is_readable(S(&tcp)),
      uv_is_writable(S(&tcp)));
  {
    uv_os_fd_t fd;
    struct sockaddr_in a = loopback(0);
    MUST(uv_tcp_bind(&fresh, SA(&a), 0));
    say("bound: readable %d writable %d fileno %s", uv_is_readable(S(&fresh)),
        uv_is_writable(S(&fresh)), name(uv_fileno(H(&fresh), &fd)));
    say("cloexec %d nonblocking %d", fcntl(fd, F_GETFD) == FD_CLOEXEC,
        (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  }
  TRY(uv_stream_set_blocking(S(&fresh), 1));
  b = uv_buf_init(NULL, 0);
  say("buf %d %d", b.base == NULL, (int) b.len);
  b = uv_buf_init((char *) &b, 7);
  say("buf %d %d", b.base == (char *) &b, (int) b.len);
  CLOSE(&tcp);
  say("closing: readable %d writable %d", uv_is_readable(S(&tcp)),
      uv_is_writable(S(&tcp)));
  run(&loop, UV_RUN_NOWAIT);
  close(peer);
  close_all(&loop);
  return finish(&loop);
}
