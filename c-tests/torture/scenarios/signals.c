/* Signals on two loops' worth of handles: watched for good, and once. */
#include "../scenario.h"

static uv_signal_t first, second, once, other;
static int got[4];

/* Not made quietly: what the handler calls may fail, too. */
static int deliver(int signum) { return TRY(raise(signum)); }

static void on_signal(uv_signal_t *handle, int signum) {
  int which = handle == &first ? 0 : handle == &second ? 1 : handle == &once ? 2 : 3;
  CHECK(signum == (which == 3 ? SIGUSR2 : SIGUSR1), "signal %d", signum);
  got[which]++;
  CHECK(which != 2 || got[2] == 1, "one shot came twice");
  if (got[0] == 1 && got[1] == 1 && got[2] == 1 && which != 3 && deliver(SIGUSR2)) give_up();
  if (got[3]) give_up();
}

static int start(void) {
  if (TRY(uv_signal_init(&loop, &first)) || TRY(uv_signal_init(&loop, &second)) ||
      TRY(uv_signal_init(&loop, &once)) || TRY(uv_signal_init(&loop, &other)) ||
      TRY(uv_signal_start(&first, on_signal, SIGUSR1)) ||
      TRY(uv_signal_start(&second, on_signal, SIGUSR1)) ||
      TRY(uv_signal_start_oneshot(&once, on_signal, SIGUSR1)) ||
      TRY(uv_signal_start(&other, on_signal, SIGUSR2)))
    return -1;
  return deliver(SIGUSR1);
}

void scenario(void) {
  if (!begin()) return;
  if (start()) give_up();
  finish();
  CHECK(troubled() || (got[0] && got[1] && got[2] && got[3]), "signals: %d %d %d %d", got[0],
        got[1], got[2], got[3]);
}
