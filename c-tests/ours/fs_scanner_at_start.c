/* Opens and reads of files under an on-access scanner that was there from the start
 * and takes 500 ms for each answer.
 *
 * libuv 1.53.0: open(2) and read(2) wait in the thread pool, the loop goes on.
 * right: the loop goes on.
 */
#include "scanner.h"

int main(void) {
  scratch();
  deadline(60, "hangs");
  if (!private_mounts()) SKIP("needs root: a mount namespace");
  own_mount("fs");
  put_file("fs/file", "hello");
  struct scanner s = make_scanner("fs");
  toggle_scanner(s);
  begin_ticks();
  for (int i = 0; i < 3; i++) use_file("fs/file");
  end_scanner(s);
  NO_WAIT("a scanner from the start");
  return 0;
}
