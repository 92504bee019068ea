/* A connection that libuv has made, as a file of the C library: for code that wants to
 * read lines and print, and may wait. */
#include "trace.h"

static uv_loop_t loop;
static uv_tcp_t tcp;

/* Takes the connection away from libuv, which closes the handle. */
static FILE *stream_to_file(uv_stream_t *stream, uv_close_cb cb) {
  FILE *file = NULL;
  uv_os_fd_t fd;
  int flags, copy;
  MUST(uv_fileno(H(stream), &fd));
  SYS(copy = fcntl(fd, F_DUPFD_CLOEXEC, 0));
  uv_close(H(stream), cb);
  SYS(flags = fcntl(copy, F_GETFL));
  SYS(fcntl(copy, F_SETFL, flags & ~O_NONBLOCK));
  if (!(file = fdopen(copy, "r+"))) broken("fdopen");
  return file;
}

static void peer(void *arg) {
  char question[16] = {0};
  int fd = *(int *) arg;
  get(fd, question, 9);
  say("asked: %s", question);
  put(fd, "one\ntwo");
  usleep(20000);
  put(fd, " halves\nno newline");
  close(fd);
}

int main(void) {
  uv_thread_t thread;
  char line[64];
  FILE *file;
  int fd;
  begin();
  MUST(uv_loop_init(&loop));
  fd = tcp_with_peer(&loop, &tcp);
  MUST(uv_read_start(S(&tcp), alloc_static, read_say));
  run(&loop, UV_RUN_NOWAIT);
  file = stream_to_file(S(&tcp), closed);
  run(&loop, UV_RUN_DEFAULT);
  MUST(uv_thread_create(&thread, peer, &fd));
  fprintf(file, "question\n");
  fflush(file);
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    say("line: %s", line);
  }
  say("end %d, error %d", feof(file) != 0, ferror(file) != 0);
  fclose(file);
  MUST(uv_thread_join(&thread));
  return finish(&loop);
}
