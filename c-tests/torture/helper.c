/* What scenarios spawn: copies its input to its output and ends with 7. */
#include <unistd.h>

int main(void) {
  char bytes[512];
  ssize_t count;
  while ((count = read(0, bytes, sizeof bytes)) > 0)
    if (write(1, bytes, (size_t)count) != count) return 1;
  return count < 0 ? 2 : 7;
}
