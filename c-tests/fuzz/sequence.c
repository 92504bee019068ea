/* Sequences of calls on many handles, each four bytes of its input: made from a seed, or
 * read from a file. Memory goes back, poisoned, at the first moment that libuv allows.
 *
 * Four themes. In `turns` (timers, phases, async handles, signals), `one` (a pipe or a
 * poll handle, and timers and phases) and `several` (such descriptors, whose callbacks do
 * nothing) the program moves the clock and what happens follows from the actions alone:
 * the traces must be those of genuine libuv. In `all` the kernel and threads have their
 * say, and what is looked at must hold in any order: each request is answered once, each handle is closed once, nothing is called
 * that was stopped or closed, nothing is left, and it ends.
 *
 *   sequence THEME seeds FROM COUNT    each in a process of its own
 *   sequence THEME file PATH           the same for the actions in a file
 *   sequence THEME dump SEED           writes the actions of a seed
 */
#include "others.h"
#include "turns.h"

enum { LENGTH = 160 * ACTION, SECONDS = 20 };

enum theme { TURNS, ONE, SEVERAL, ALL };
static const char *const theme_names[] = {"turns", "one", "several", "all"};
static enum theme theme;

static const enum kind turn_kinds[] = {TIMER, TIMER, IDLE, PREPARE, CHECK, ASYNC, ASYNC, SIGNAL};
static const enum kind descriptor_kinds[] = {PIPE, PIPE, PIPE, POLL, POLL, TIMER, CHECK, IDLE};
static const enum kind all_kinds[] = {TIMER, IDLE, PREPARE, CHECK, ASYNC, SIGNAL, PIPE, PIPE,
                                      POLL, TCP, TCP, TCP, TCP, UDP, UDP, PROCESS, FS_EVENT,
                                      FS_POLL};

static enum kind kind_for(unsigned a) {
  switch (theme) {
  case TURNS: return turn_kinds[a % COUNT(turn_kinds)];
  case ONE:
  case SEVERAL: return descriptor_kinds[a % COUNT(descriptor_kinds)];
  case ALL: break;
  }
  return all_kinds[a % COUNT(all_kinds)];
}

static int signal_open(void) {
  int i;
  for (i = 0; i < SLOTS; i++)
    if (slots[i].kind == SIGNAL) return 1;
  return 0;
}

static int descriptor_open(void) {
  int i;
  for (i = 0; i < SLOTS; i++)
    if (slots[i].kind >= PIPE) return 1;
  return 0;
}

static void new_handle(unsigned a, unsigned b) {
  struct slot *s = empty_slot();
  enum kind kind = kind_for(a);
  if (s == NULL) return;
  /* libuv calls one that is made in another's callback before those made earlier that
   * its walk has not come to, and keeps that order; ours calls in the order of the inits. */
  if (theme == TURNS && kind == ASYNC && in_async) return;
  if (theme == ONE && kind >= PIPE) {
    if (descriptor_open()) return;
    b |= 1;
  }
  if (kind <= SIGNAL) new_turns(s, kind);
  else if (kind == PIPE || kind == POLL) new_descriptor(s, kind, b);
  else new_other(s, kind, b);
}

static void start(struct slot *s, unsigned a, unsigned b) {
  if (s->kind <= SIGNAL) start_turns(s, a, b);
  else if (s->kind == PIPE || s->kind == POLL) start_descriptor(s, a, b);
  else start_other(s, a, b);
}
static void stop(struct slot *s) {
  if (s->kind <= SIGNAL) stop_turns(s);
  else if (s->kind == PIPE || s->kind == POLL) stop_descriptor(s);
  else stop_other(s);
}
static void more(struct slot *s, unsigned a, unsigned b) {
  if (s->kind <= SIGNAL) more_turns(s, a, b);
  else if (s->kind == PIPE || s->kind == POLL) more_descriptor(s, a, b);
  else more_other(s, a, b);
}

static void show_slot(const struct slot *s) {
  CALLS(s, "active %d, ref %d, closing %d", uv_is_active(s->h), uv_has_ref(s->h),
        uv_is_closing(s->h));
}

static int told_to_stop;

static void on_guard(uv_timer_t *t) { (void) t; }

/* A run that waits is ended by the guard, which is not counted among what is alive. */
static void run_once(uv_run_mode mode) {
  int r, polls = !told_to_stop && uv_loop_alive(loop);
  told_to_stop = 0;
  if (sent_inside || in_async) mode = UV_RUN_NOWAIT;
  if (polls) sent_inside = 0;
  say("%*srun %s {", 2 * depth, "", mode_name(mode));
  depth++;
  MUST(uv_timer_start(guard, on_guard, theme == ALL ? 3 : 1000, 1000));
  runs++;
  r = uv_run(loop, mode);
  runs--;
  depth--;
  if (polls && depth == 0 && raised > 0) raised--;
  say("%*s} -> %d at %d", 2 * depth, "", r,
      theme == ALL ? 0 : (int) (uv_now(loop) - clock_ns / 1000000u));
}

static void tell(uv_handle_t *h, void *arg) {
  (void) arg;
  if (h != (uv_handle_t *) guard) show_slot(slot_of(h));
}

static void on_loop(unsigned a, unsigned b) {
  switch (a % 8) {
  case 0:
    uv_stop(loop);
    told_to_stop = 1;
    say("%*sstop", 2 * depth, "");
    break;
  case 1: uv_update_time(loop); break;
  case 2: uv_walk(loop, tell, NULL); break;
  case 3: say("%*salive %d", 2 * depth, "", uv_loop_alive(loop)); break;
  case 4:
    /* A send or a signal that waits makes it 0 where libuv leaves it to the poll. */
    if (theme == TURNS && !some(ASYNC, 0) && !some(SIGNAL, 0))
      say("%*stimeout %d", 2 * depth, "", uv_backend_timeout(loop));
    break;
  default:
    if (theme == ALL) break;
    advance((int) (b % 16));
    say("%*sthe clock moves by %d", 2 * depth, "", b % 16);
  }
}

static void act(const struct action *with) {
  struct slot *s = &slots[with->slot % SLOTS];
  unsigned op = with->op % 32;
  if (op < 5) { new_handle(with->a, with->b); return; }
  if (op < 7) { on_loop(with->a, with->b); return; }
  if (op < 12) {
    /* Runs inside runs are for what has no descriptor, in libuv signals included: those
     * that the inner run leaves are delivered by the outer one, in ours a turn later. */
    if (depth == 0 || (theme == TURNS && depth < 3 && op == 7 && !signal_open()))
      run_once(with->a % 3 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    return;
  }
  if (op < 14 && theme == ALL) {
    if (op == 13 && with->a % 4 == 0) touch_file();
    else ask(with->a, with->b);
    return;
  }
  if (s->kind == EMPTY || s->closing) {
    unsigned i;
    for (i = 0; i < SLOTS && (s->kind == EMPTY || s->closing); i++)
      s = &slots[(with->slot + i) % SLOTS];
    if (s->kind == EMPTY || s->closing) return;
  }
  if (op == 14) { close_slot(s); return; }
  if (op == 15) { if (with->a % 2) uv_unref(s->h); else uv_ref(s->h); show_slot(s); return; }
  if (op < 22) { start(s, with->a, with->b); return; }
  if (op < 24) { stop(s); return; }
  more(s, with->a, with->b);
}

static void closed_guard(uv_handle_t *h) { give_back(h); }

static void at_limit(int sig) {
  static const char text[] = "FAULT: it does not end\n";
  (void) sig;
  if (write(1, text, sizeof text - 1) < 0) _exit(1);
  _exit(1);
}

static void make_file(void) {
  temporary_dir(scratch);
  snprintf(file_path, sizeof file_path, "%s/f", scratch);
  touch_file();
}

static void sequence(const unsigned char *bytes, size_t length) {
  struct action a;
  int i, before = descriptors(), r;
  actions = bytes;
  actions_left = length;
  clock_is_ours = theme != ALL;
  calm = theme == SEVERAL;
  clock_ns = 1000000000000u;
  loop = take(sizeof *loop);
  guard = take(sizeof *guard);
  MUST(uv_loop_init(loop));
  MUST(uv_timer_init(loop, guard));
  uv_unref((uv_handle_t *) guard);
  while (next_action(&a)) act(&a);
  draining = 1;
  say("the end");
  uv_close((uv_handle_t *) guard, closed_guard);
  for (i = 0; i < SLOTS; i++) close_slot(&slots[i]);
  r = uv_run(loop, UV_RUN_DEFAULT);
  /* It may have been stopped by the last callback before this run. */
  if (r != 0) r = uv_run(loop, UV_RUN_DEFAULT);
  if (r != 0) FAULT("the last run returns %d", r);
  if (open_handles != 0) FAULT("%ld handles were not closed", open_handles);
  if (open_requests != 0) FAULT("%ld requests were not answered", open_requests);
  r = uv_loop_close(loop);
  if (r != 0) FAULT("uv_loop_close: %s", name(r));
  give_back(loop);
  clock_is_ours = 0;
  uv_library_shutdown();
  look_at_what_was_given_back();
  if (outstanding != 0) FAULT("%ld blocks of the library's are left", outstanding);
  if (descriptors() != before) FAULT("%d descriptors are left", descriptors() - before);
}

static void seeded(uint64_t seed, unsigned char *to, size_t length) {
  uint64_t state = (seed + 1) * 0x9e3779b97f4a7c15u;
  size_t i;
  for (i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    to[i] = (unsigned char) (state >> 32);
  }
}

/* Runs a sequence in a process of its own. */
static int alone(const unsigned char *bytes, size_t length) {
  int status;
  pid_t child = fork();
  SYS(child);
  if (child == 0) {
    struct rusage used;
    signal(SIGALRM, at_limit);
    alarm(SECONDS);
    sequence(bytes, length);
    SYS(getrusage(RUSAGE_SELF, &used));
    if (used.ru_utime.tv_sec + used.ru_stime.tv_sec > 8) FAULT("it spins");
    exit(0);
  }
  SYS(waitpid(child, &status, 0));
  return status;
}

int main(int count, char **words) {
  static unsigned char bytes[65536];
  unsigned long seed, from, most;
  int status, wrong = 0;
  size_t n;
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  MUST(uv_replace_allocator(counted_malloc, counted_realloc, counted_calloc, counted_free));
  if (count < 4) broken("usage: sequence THEME seeds|file|dump ...");
  while (strcmp(words[1], theme_names[theme]) != 0)
    if (++theme > ALL) broken("no such theme");
  if (strcmp(words[2], "dump") == 0) {
    seeded(strtoul(words[3], NULL, 10), bytes, LENGTH);
    return fwrite(bytes, 1, LENGTH, stdout) != LENGTH;
  }
  make_file();
  if (strcmp(words[2], "file") == 0) {
    FILE *file = fopen(words[3], "rb");
    if (file == NULL) broken(words[3]);
    n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    status = alone(bytes, n);
    say("status %d", status);
    wrong = status != 0;
  } else {
    from = strtoul(words[3], NULL, 10);
    most = count > 4 ? strtoul(words[4], NULL, 10) : 1;
    for (seed = from; seed < from + most; seed++) {
      say("seed %lu", seed);
      seeded(seed, bytes, LENGTH);
      status = alone(bytes, LENGTH);
      say("status %d", status);
      wrong |= status != 0;
    }
  }
  unlink(file_path);
  rmdir(scratch);
  return wrong;
}
