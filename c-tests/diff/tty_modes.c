/* A terminal's modes, what puts them back, and what is no terminal. */
#include "files.h"

#include <sys/ioctl.h>
#include <termios.h>

static uv_loop_t loop;
static uv_tty_t t, second;

/* A pseudo-terminal: the controlling side, and the terminal itself. */
static void terminal(int fds[2]) {
  char path[64];
  struct termios tio;
  SYS(fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  SYS(grantpt(fds[0]));
  SYS(unlockpt(fds[0]));
  SYS(ptsname_r(fds[0], path, sizeof path));
  SYS(fds[1] = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
  SYS(tcgetattr(fds[1], &tio));
  tio.c_iflag = BRKINT | ICRNL | IXON | INPCK | ISTRIP | IGNPAR;
  tio.c_oflag = OPOST;
  tio.c_lflag |= ICANON | ECHO | ECHOE | ISIG | IEXTEN;
  tio.c_cc[VMIN] = 7;
  tio.c_cc[VTIME] = 3;
  SYS(tcsetattr(fds[1], TCSANOW, &tio));
}
static void settings(int fd) {
  struct termios tio;
  SYS(tcgetattr(fd, &tio));
  say("  i %o o %o l %o size %d min %d time %d", tio.c_iflag, tio.c_oflag,
      tio.c_lflag, (tio.c_cflag & CSIZE) == CS8, tio.c_cc[VMIN],
      tio.c_cc[VTIME]);
}
static void mode(int fd, int to) {
  say("mode %d -> %s", to, name(uv_tty_set_mode(&t, (uv_tty_mode_t) to)));
  settings(fd);
}
static void init(const char *what, int fd) {
  int r = uv_tty_init(&loop, &t, fd, 0);
  int w = -1, h = -1;
  say("%s -> %s", what, name(r));
  if (r) return;
  say("  readable %d, writable %d, type %s", uv_is_readable(S(&t)),
      uv_is_writable(S(&t)), uv_handle_type_name(uv_handle_get_type(H(&t))));
  say("  winsize %s, %d by %d", name(uv_tty_get_winsize(&t, &w, &h)), w, h);
  say("  raw %s", name(uv_tty_set_mode(&t, UV_TTY_MODE_RAW)));
  uv_close(H(&t), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("  was closed %d", fcntl(fd, F_GETFD) == -1);
}
static void on_usr1(int sig) {
  int r = uv_tty_reset_mode();
  (void) sig;
  say("in the handler: %s", name(r));
}

int main(void) {
  static const int order[] = {0, 1, 1, 2, 3, 0, 2, 0, 3, 4, -1, 0};
  uv_tty_vtermstate_t state;
  struct winsize ws;
  struct termios tio;
  int fds[2], more[2], pipes[2], file, fd, w, h, i;
  begin();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  TRY(uv_tty_reset_mode());
  TRY(uv_tty_get_vterm_state(&state));
  uv_tty_set_vterm_state(UV_TTY_SUPPORTED);
  TRY(uv_tty_get_vterm_state(&state));

  say("what is no terminal");
  SYS(file = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  init("file", file);
  close(file);
  SYS(file = open("/dev/null", O_RDWR | O_CLOEXEC));
  init("/dev/null", file);
  close(file);
  init("nothing", 999);
  init("-1", -1);
  SYS(pipe2(pipes, O_CLOEXEC));
  init("reading end of a pipe", pipes[0]);
  init("writing end of a pipe", pipes[1]);

  say("modes");
  terminal(fds);
  settings(fds[1]);
  MUST(uv_tty_init(&loop, &t, fds[1], 1));
  MUST(uv_fileno(H(&t), &fd));
  say("its own opening %d, nonblocking %d, the old one %d, closed by exec %d",
      fd != fds[1], (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0,
      (fcntl(fds[1], F_GETFL) & O_NONBLOCK) != 0,
      (fcntl(fds[1], F_GETFD) & FD_CLOEXEC) != 0);
  for (i = 0; i < COUNT(order); i++) mode(fds[1], order[i]);
  memset(&ws, 0, sizeof ws);
  ws.ws_col = 81;
  ws.ws_row = 25;
  SYS(ioctl(fds[0], TIOCSWINSZ, &ws));
  TRY(uv_tty_get_winsize(&t, &w, &h));
  say("  %d by %d", w, h);

  say("changed behind its back, and put back");
  MUST(uv_tty_set_mode(&t, UV_TTY_MODE_RAW));
  SYS(tcgetattr(fds[1], &tio));
  tio.c_lflag |= ECHO;
  SYS(tcsetattr(fds[1], TCSANOW, &tio));
  mode(fds[1], 1);
  TRY(uv_tty_reset_mode());
  settings(fds[1]);
  mode(fds[1], 2);
  signal(SIGUSR1, on_usr1);
  raise(SIGUSR1);
  settings(fds[1]);

  say("only the first one is remembered");
  terminal(more);
  MUST(uv_tty_init(&loop, &second, more[1], 0));
  MUST(uv_tty_set_mode(&second, UV_TTY_MODE_RAW));
  settings(more[1]);
  TRY(uv_tty_reset_mode());
  settings(more[1]);
  uv_close(H(&second), NULL);
  settings(more[1]);

  say("closing puts it back");
  mode(fds[1], 0);
  mode(fds[1], 1);
  uv_close(H(&t), NULL);
  settings(fds[1]);
  uv_run(&loop, UV_RUN_DEFAULT);
  TRY(uv_tty_reset_mode());

  say("for reading only, for writing only, and the controlling side");
  fd = open(ttyname(fds[1]), O_RDONLY | O_NOCTTY | O_CLOEXEC);
  SYS(fd);
  init("for reading", fd);
  close(fd);
  fd = open(ttyname(fds[1]), O_WRONLY | O_NOCTTY | O_CLOEXEC);
  SYS(fd);
  init("for writing", fd);
  close(fd);
  init("controlling side", fds[0]);
  close(fds[1]);
  close(more[0]);
  close(more[1]);
  for (i = 0; i < 2; i++)
    if (fcntl(pipes[i], F_GETFD) != -1) close(pipes[i]);
  leave_scratch();
  return finish(&loop);
}
