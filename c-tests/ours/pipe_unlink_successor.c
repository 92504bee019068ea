/* Closing a bound pipe whose name leads to another file by then.
 *
 * A successor (a server that was started again) moves the old socket away or removes it
 * and puts a file of its own at the name; then the old server closes its pipe. Or the
 * process has another working directory by then.
 *
 * libuv 1.53.0: unlinks whatever is at the name.
 * right: unlinks the name only while it leads to the socket that was bound. */
#include "check.h"

#include <sys/socket.h>
#include <sys/un.h>

static uv_loop_t *loop;
static uv_pipe_t server;

static void bind_it(const char *name, size_t length) {
  uv_pipe_init(loop, &server, 0);
  int r = uv_pipe_bind2(&server, name, length, 0);
  CHECK(r == 0, "uv_pipe_bind2: %s", uv_err_name(r));
}

static void close_it(void) {
  uv_close((uv_handle_t *) &server, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
}

int main(void) {
  struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "name"};
  int fd;
  loop = uv_default_loop();
  scratch();
  deadline(5, "hangs");

  bind_it("name", 4);
  close_it();
  CHECK(access("name", F_OK) != 0, "its own socket is left behind");

  bind_it("name", 4);
  CHECK(rename("name", "old") == 0, "rename");
  put_file("name", "another's");
  close_it();
  CHECK(access("name", F_OK) == 0, "another's file was unlinked");
  unlink("name");

  bind_it("name", 4);
  CHECK(rename("name", "old") == 0, "rename");
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(fd, (struct sockaddr *) &addr, sizeof addr) == 0, "bind");
  close_it();
  CHECK(access("name", F_OK) == 0, "another's socket was unlinked");
  unlink("name");

  /* Removed: the inode number of a file made now must not be that of the socket. */
  bind_it("name", 4);
  CHECK(unlink("name") == 0, "unlink");
  put_file("name", "another's");
  close_it();
  CHECK(access("name", F_OK) == 0, "a file made after the socket was removed was unlinked");
  unlink("name");

  bind_it("name", 4);
  CHECK(rename("name", "old") == 0 && symlink("old", "name") == 0, "rename, symlink");
  close_it();
  CHECK(unlink("name") == 0, "another's link to the socket was unlinked");

  bind_it("name", 4);
  CHECK(mkdir("elsewhere", 0700) == 0 && chdir("elsewhere") == 0, "chdir");
  put_file("name", "another's");
  close_it();
  CHECK(access("name", F_OK) == 0, "a file in another directory was unlinked");

  put_file("abstract", "a file");
  bind_it("\0abstract", 9);
  close_it();
  CHECK(access("abstract", F_OK) == 0, "an abstract name was taken for a path");
  return 0;
}
