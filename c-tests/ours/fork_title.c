/* fork() while another thread sets and gets the process's title.
 *
 * The child gets the title, and ends with exit(), which lets go of the library.
 *
 * libuv 1.53.0: the child waits for ever for a mutex that the other thread held.
 * right: every child ends.
 */
#include "check.h"

static void titles(void *arg) {
  char text[64];
  (void)arg;
  for (;;) {
    uv_set_process_title("a title");
    uv_get_process_title(text, sizeof text);
  }
}

int main(int argc, char **argv) {
  uv_thread_t threads[2];
  char text[64];
  uv_setup_args(argc, argv);
  deadline(60, "no end");
  for (int i = 0; i < 2; i++) uv_thread_create(&threads[i], titles, NULL);
  for (int n = 0; n < 500; n++) {
    int status;
    pid_t pid = fork();
    if (pid == 0) {
      alarm(10);
      signal(SIGALRM, SIG_DFL);
      if (n % 2 && uv_get_process_title(text, sizeof text)) _exit(2);
      exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
    if (WIFSIGNALED(status)) FAULT("child %d hung", n);
    CHECK(status == 0, "child %d: no title", n);
  }
  _exit(0);
}
