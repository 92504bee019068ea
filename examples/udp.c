/* Two UDP sockets: one asks, the other answers.
 *
 * Prints:
 *   question: how are you?
 *   answer: fine
 */
#include <stdio.h>
#include <uv.h>

static uv_udp_t asker, answerer;
static uv_udp_send_t question, answer;
static char memory[2][1024];

static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) suggested;
  *buf = uv_buf_init(memory[handle == (uv_handle_t*) &asker], sizeof memory[0]);
}

static void on_question(uv_udp_t* socket, ssize_t nread, const uv_buf_t* buf,
                        const struct sockaddr* from, unsigned flags) {
  (void) flags;
  if (nread < 0 || from == NULL) /* an error, or nothing more for now */
    return;
  printf("question: %.*s\n", (int) nread, buf->base);
  uv_buf_t fine = uv_buf_init("fine", 4);
  uv_udp_send(&answer, socket, &fine, 1, from, NULL);
}

static void on_answer(uv_udp_t* socket, ssize_t nread, const uv_buf_t* buf,
                      const struct sockaddr* from, unsigned flags) {
  (void) flags;
  if (nread < 0 || from == NULL)
    return;
  printf("answer: %.*s\n", (int) nread, buf->base);
  uv_close((uv_handle_t*) socket, NULL);
  uv_close((uv_handle_t*) &answerer, NULL);
}

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  struct sockaddr_in address;
  int length = sizeof address;
  uv_buf_t text = uv_buf_init("how are you?", 12);
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_udp_init(loop, &answerer);
  uv_udp_bind(&answerer, (struct sockaddr*) &address, 0);
  uv_udp_getsockname(&answerer, (struct sockaddr*) &address, &length);
  uv_udp_recv_start(&answerer, on_alloc, on_question);
  uv_udp_init(loop, &asker);
  uv_udp_send(&question, &asker, &text, 1, (struct sockaddr*) &address, NULL);
  uv_udp_recv_start(&asker, on_alloc, on_answer); /* the send has bound the socket */
  uv_run(loop, UV_RUN_DEFAULT);
  return uv_loop_close(loop);
}
