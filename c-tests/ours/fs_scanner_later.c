/* Files are opened, read and closed without a pause when an on-access scanner begins
 * that takes 500 ms for each answer; it stops, and begins again.
 *
 * libuv 1.53.0: open(2) and read(2) wait in the thread pool, the loop goes on.
 * right: the same.
 */
#include "scanner.h"

static struct scanner scanner;
static atomic_int scans;

/* The scanner begins in the middle of what the loop does. */
static void *begin_scanning(void *nothing) {
  usleep(50000);
  toggle_scanner(scanner);
  atomic_store(&scans, 1);
  return nothing;
}

int main(void) {
  scratch();
  deadline(70, "hangs");
  if (!private_mounts()) SKIP("needs root: a mount namespace");
  own_mount("fs");
  put_file("fs/file", "hello");
  scanner = make_scanner("fs");
  begin_ticks();
  warm_up("fs/file");
  NO_WAIT("without a scanner");
  for (int round = 0; round < 3; round++) {
    pthread_t thread;
    atomic_store(&scans, 0);
    pthread_create(&thread, NULL, begin_scanning, NULL);
    while (!atomic_load(&scans)) use_file("fs/file");
    use_file("fs/file");
    pthread_join(thread, NULL);
    toggle_scanner(scanner);
    warm_up("fs/file");
  }
  end_scanner(scanner);
  NO_WAIT("a scanner that begins");
  return 0;
}
