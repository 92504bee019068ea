/* Hundreds of connections at a time: each says its number and hears it back. */
#include "trace.h"

enum { N = 300 };

static uv_loop_t loop;
static uv_tcp_t server, in[N], out[N];
static uv_connect_t conn[N];
static uv_write_t hello[N], echo[N];
static char texts[N][8], back[N][8];
static int accepted, right, wrong, ends;

static void on_write(uv_write_t *r, int status) { (void) r; if (status) wrong++; }
static void on_server_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  int i = (int) ((uv_tcp_t *) s - in);
  uv_buf_t e;
  if (n == UV_EOF) {
    ends++;
    uv_close(H(s), NULL);
  } else if (n > 0) {
    memcpy(back[i], b->base, (size_t) n);
    e = uv_buf_init(back[i], (unsigned) n);
    MUST(uv_write(&echo[i], s, &e, 1, on_write));
  }
}
static void on_connection(uv_stream_t *s, int status) {
  MUST(status);
  MUST(uv_tcp_init(&loop, &in[accepted]));
  MUST(uv_accept(s, S(&in[accepted])));
  MUST(uv_read_start(S(&in[accepted]), alloc_static, on_server_read));
  if (++accepted == N) uv_close(H(s), NULL);
}
static void on_client_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  int i = (int) ((uv_tcp_t *) s - out);
  if (n == 8 && memcmp(b->base, texts[i], 8) == 0) right++;
  else wrong++;
  uv_close(H(s), NULL);
}
static void on_connect(uv_connect_t *c, int status) {
  int i = (int) (c - conn);
  uv_buf_t b = uv_buf_init(texts[i], 8);
  MUST(status);
  MUST(uv_write(&hello[i], S(&out[i]), &b, 1, on_write));
  MUST(uv_read_start(S(&out[i]), alloc_static, on_client_read));
}

int main(void) {
  struct sockaddr_in a;
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  a = loopback(tcp_listener(&loop, &server, on_connection));
  MUST(uv_listen(S(&server), 1000, on_connection));
  for (i = 0; i < N; i++) {
    snprintf(texts[i], 8, "%07d", i);
    MUST(uv_tcp_init(&loop, &out[i]));
    MUST(uv_tcp_connect(&conn[i], &out[i], SA(&a), on_connect));
  }
  run(&loop, UV_RUN_DEFAULT);
  say("accepted %d, right %d, wrong %d, ends %d", accepted, right, wrong, ends);
  return finish(&loop);
}
