/* What a sequence works with: where its actions come from, memory that is poisoned when
 * it is given back, handles in slots, requests, and what must hold whatever happens. */
#ifndef WORLD_H
#define WORLD_H

#include "clock.h"

enum { SLOTS = 14, ACTION = 4, MOST_CALLBACKS = 1500 };

enum kind {
  EMPTY, TIMER, IDLE, PREPARE, CHECK, ASYNC, SIGNAL, PIPE, POLL, TCP, SERVER, UDP,
  PROCESS, FS_EVENT, FS_POLL, KINDS
};
static const char *const kind_names[KINDS] = {
  "-", "timer", "idle", "prepare", "check", "async", "signal", "pipe", "poll", "tcp",
  "server", "udp", "process", "fs_event", "fs_poll"
};

struct slot {
  enum kind kind;
  int id;
  int closing;
  int started;         /* whether its callback may come */
  int fd;              /* the descriptor under a poll handle, or -1 */
  int peer;            /* the other end, where no handle has it, or -1 */
  uint32_t room;       /* how much its next read may take */
  uv_handle_t *h;
};

static uv_loop_t *loop;
static uv_timer_t *guard; /* keeps the loop from waiting for ever; not a slot's */
static struct slot slots[SLOTS];
static int ids, depth, callbacks, draining;
static long open_handles, open_requests;

/* ---- the trace ---------------------------------------------------------- */

/* In which order the descriptors of one poll are served is the kernel's choice in part.
 * Their callbacks do nothing in the theme that has several, and are shown in the order
 * of their handles. */
static int calm;

struct line { int id; char text[80]; };
static struct line lines[256];
static int line_count;

static void flush_lines(void) {
  struct line sorted[COUNT(lines)];
  int i, j, n = 0, last = 0;
  /* Stable, for the few that there are: qsort is not. */
  while (n < line_count) {
    int least = 0;
    for (i = 0; i < line_count; i++)
      if (lines[i].id > last && (least == 0 || lines[i].id < least)) least = lines[i].id;
    for (j = 0; j < line_count; j++)
      if (lines[j].id == least) sorted[n++] = lines[j];
    last = least;
  }
  line_count = 0;
  for (i = 0; i < n; i++) say("%s", sorted[i].text);
}

#define say(...) (flush_lines(), (say)(__VA_ARGS__))

static void calm_line(int id, const char *who, int who_id, const char *what, int64_t with) {
  struct line *to;
  if (line_count == COUNT(lines)) flush_lines();
  to = &lines[line_count++];
  to->id = id;
  snprintf(to->text, sizeof to->text, "%*s%s %d %s %s", 2 * depth, "", who, who_id, what,
           name(with));
}

/* ---- actions ------------------------------------------------------------ */

struct action { unsigned op, slot, a, b; };

static const unsigned char *actions;
static size_t actions_left;

static int next_action(struct action *to) {
  if (actions_left < ACTION) return 0;
  to->op = actions[0];
  to->slot = actions[1];
  to->a = actions[2];
  to->b = actions[3];
  actions += ACTION;
  actions_left -= ACTION;
  return 1;
}

/* ---- faults ------------------------------------------------------------- */

#define FAULT(...)                                                             \
  do {                                                                         \
    flush_lines();                                                             \
    printf("FAULT: ");                                                         \
    say(__VA_ARGS__);                                                          \
    _exit(1);                                                                  \
  } while (0)

/* ---- memory ------------------------------------------------------------- */

/* Blocks that were given back, and are looked at again at the end: the library must not
 * have written into them. AddressSanitizer sees that itself, and reads too. */
struct block { struct block *next; size_t size; };
static struct block *given_back;

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static void *take(size_t size) {
  struct block *b = malloc(sizeof *b + size);
  if (b == NULL) broken("malloc");
  b->size = size;
  memset(b + 1, 0xa5, size);
  return b + 1;
}

static void give_back(void *p) {
  struct block *b = (struct block *) p - 1;
  memset(p, 0xdb, b->size);
  if (SANITIZED) {
    free(b);
    return;
  }
  b->next = given_back;
  given_back = b;
}

static void look_at_what_was_given_back(void) {
  while (given_back != NULL) {
    struct block *b = given_back;
    unsigned char *p = (unsigned char *) (b + 1);
    size_t i;
    for (i = 0; i < b->size; i++)
      if (p[i] != 0xdb)
        FAULT("byte %d of %d was written after the memory was given back", (int) i,
              (int) b->size);
    given_back = b->next;
    free(b);
  }
}

/* ---- slots -------------------------------------------------------------- */

static struct slot *slot_of(const void *h) { return ((const uv_handle_t *) h)->data; }

static struct slot *empty_slot(void) {
  int i;
  for (i = 0; i < SLOTS; i++)
    if (slots[i].kind == EMPTY) return &slots[i];
  return NULL;
}

/* The first slot from `at` on that is of that kind and not closing. */
static struct slot *some(enum kind kind, unsigned at) {
  int i;
  for (i = 0; i < SLOTS; i++) {
    struct slot *s = &slots[(at + (unsigned) i) % SLOTS];
    if (s->kind == kind && !s->closing) return s;
  }
  return NULL;
}

static struct slot *fill(struct slot *s, enum kind kind, uv_handle_type type) {
  memset(s, 0, sizeof *s);
  s->kind = kind;
  s->id = ++ids;
  s->fd = s->peer = -1;
  s->h = take(uv_handle_size(type));
  s->h->data = s;
  open_handles++;
  say("%*snew %s %d", 2 * depth, "", kind_names[kind], s->id);
  return s;
}

/* A handle whose init failed was never one. */
static void unfill(struct slot *s, int why) {
  say("%*s  init -> %s", 2 * depth, "", name(why));
  give_back(s->h);
  s->kind = EMPTY;
  open_handles--;
}

#define CALLS(s, fmt, ...)                                                     \
  say("%*s%s %d " fmt, 2 * depth, "", kind_names[(s)->kind], (s)->id, __VA_ARGS__)

/* Entering a handle's callback: says so, and that it may be called at all. */
static struct slot *enter(const void *h, const char *what, int64_t with) {
  struct slot *s = slot_of(h);
  if (s->kind == EMPTY || s->h != (const uv_handle_t *) h) FAULT("a callback of a closed handle");
  if (s->closing) FAULT("%s %d: %s after uv_close", kind_names[s->kind], s->id, what);
  if (!s->started) FAULT("%s %d: %s though it is stopped", kind_names[s->kind], s->id, what);
  callbacks++;
  if (calm && s->kind >= PIPE) {
    calm_line(s->id, kind_names[s->kind], s->id, what, with);
    return s;
  }
  CALLS(s, "%s %s {", what, name(with));
  depth++;
  return s;
}

static void act(const struct action *with);

/* What a callback does: nothing, or what comes next. */
static void leave(const struct slot *s) {
  struct action a;
  int i;
  if (calm && s != NULL && s->kind >= PIPE) return;
  for (i = 0; i < 2 && !draining && callbacks < MOST_CALLBACKS; i++) {
    if (!next_action(&a)) break;
    if (a.op & 0x80) break;
    act(&a);
  }
  depth--;
  say("%*s}", 2 * depth, "");
}

static void on_close(uv_handle_t *h) {
  struct slot *s = slot_of(h);
  if (s->kind == EMPTY || s->h != h) FAULT("a handle was closed twice");
  if (!s->closing) FAULT("%s %d: closed unasked", kind_names[s->kind], s->id);
  CALLS(s, "closed%s {", "");
  if (s->peer >= 0) close(s->peer);
  give_back(h);
  open_handles--;
  s->kind = EMPTY;
  depth++;
  callbacks++;
  leave(NULL);
}

static void close_slot(struct slot *s) {
  if (s->kind == EMPTY || s->closing) return;
  CALLS(s, "close%s", "");
  s->closing = 1;
  uv_close(s->h, on_close);
  /* libuv lets go of the descriptor at once: so may its owner. */
  if (s->fd >= 0) close(s->fd);
  s->fd = -1;
}

/* ---- requests ----------------------------------------------------------- */

struct request {
  union uv_any_req r;
  int id;
  int owner;           /* its handle */
  char *bytes;
  void (*then)(struct request *);
};

static struct request *new_request(size_t bytes, const struct slot *owner) {
  struct request *r = take(sizeof *r);
  r->id = ++ids;
  r->owner = owner != NULL ? owner->id : 0;
  r->r.req.data = r;
  r->bytes = bytes ? take(bytes) : NULL;
  if (bytes) memset(r->bytes, 'a' + r->id % 26, bytes);
  open_requests++;
  return r;
}

static void end_request(struct request *r) {
  if (r->bytes) give_back(r->bytes);
  give_back(r);
  open_requests--;
}

/* The callback of every request with a status. The memory goes first. */
static void answered(const char *what, struct request *r, int64_t status) {
  int id = r->id, owner = r->owner;
  end_request(r);
  callbacks++;
  if (calm && owner) {
    calm_line(owner, what, id, "answered", status);
    return;
  }
  say("%*s%s %d answered %s {", 2 * depth, "", what, id, name(status));
  depth++;
  leave(NULL);
}

#endif
