/* Exercises uv/tree.h as programs use it, and checks each tree after each step. Prints what does
 * not depend on the shape of a tree, so that it is the same with libuv's header. Is C and C++. */
#include <stdio.h>
#include <stdlib.h>

/* Each node knows how many nodes are below and including it. Only with our header, which keeps all
 * nodes on the way to the root up to date: libuv's calls RB_AUGMENT for some of them. */
#ifdef AUGMENTED
# define RB_AUGMENT(x) count(x)
struct item;
static void count(struct item* x);
#endif

#include <uv/tree.h>

enum { ITEMS = 300, STEPS = 20000 };

struct item {
  int key;
  int size;
  int inside;
  RB_ENTRY(item) link;
  struct { int unused; RB_ENTRY(item) link; } other;
};

static int by_key(struct item* a, struct item* b) {
  return (a->key > b->key) - (a->key < b->key);
}

static int backwards(struct item* a, struct item* b) {
  return by_key(b, a);
}

#ifdef AUGMENTED
static int size_below(struct item* x) {
  return x == NULL ? 0 : x->size;
}

static void count(struct item* x) {
  x->size = size_below(RB_LEFT(x, link)) + 1 + size_below(RB_RIGHT(x, link));
}
#endif

RB_HEAD(tree, item);
RB_PROTOTYPE(tree, item, link, by_key)
RB_GENERATE(tree, item, link, by_key)

static struct item items[ITEMS];
static unsigned random_state = 1;

static int chance(int below) {
  random_state = random_state * 1103515245u + 12345u;
  return (int) ((random_state >> 16) % (unsigned) below);
}

static void fail(const char* what) {
  printf("wrong: %s\n", what);
  exit(1);
}

/* Returns the number of black nodes on each way down from x. */
static int black_height(struct item* x, struct item* parent) {
  int left, right;

  if (x == NULL)
    return 0;
  if (RB_PARENT(x, link) != parent)
    fail("parent");
  if (RB_COLOR(x, link) == RB_RED && (parent == NULL || RB_COLOR(parent, link) == RB_RED))
    fail("two reds");
  left = black_height(RB_LEFT(x, link), x);
  right = black_height(RB_RIGHT(x, link), x);
  if (left != right)
    fail("black heights");
#ifdef AUGMENTED
  if (x->size != size_below(RB_LEFT(x, link)) + 1 + size_below(RB_RIGHT(x, link)))
    fail("augmented size");
#endif
  return left + (RB_COLOR(x, link) == RB_BLACK);
}

static void check(struct tree* head, int expected) {
  struct item* x;
  struct item* before = NULL;
  int found = 0;

  black_height(RB_ROOT(head), NULL);
  RB_FOREACH(x, tree, head) {
    if (!x->inside || (before != NULL && before->key >= x->key) || RB_PREV(tree, x) != before)
      fail("forward order");
    before = x;
    found++;
  }
  if (found != expected || RB_MAX(tree, head) != before || RB_EMPTY(head) != (expected == 0))
    fail("number of items");
  RB_FOREACH_REVERSE(x, tree, head)
    found--;
  if (found != 0)
    fail("backward order");
}

/* Looks for each key in the array, and compares. */
static void look_up(struct tree* head) {
  struct item like;
  struct item* next = NULL;
  int i;

  for (i = ITEMS - 1; i >= 0; i--) {
    like.key = items[i].key;
    if (items[i].inside)
      next = &items[i];
    if (RB_FIND(tree, head, &like) != (items[i].inside ? &items[i] : NULL))
      fail("RB_FIND");
    if (RB_NFIND(tree, head, &like) != next)
      fail("RB_NFIND");
    like.key--;
    if (RB_FIND(tree, head, &like) != NULL || RB_NFIND(tree, head, &like) != next)
      fail("a key between two");
  }
  if (RB_MIN(tree, head) != next)
    fail("RB_MIN");
}

static int at_random(struct tree* head) {
  struct item twin;
  int step, inside = 0;

  for (step = 0; step < STEPS; step++) {
    struct item* x = &items[chance(ITEMS)];
    if (x->inside) {
      twin.key = x->key;
      if (RB_INSERT(tree, head, &twin) != x || RB_REMOVE(tree, head, x) != x)
        fail("insert again, or remove");
    } else if (RB_INSERT(tree, head, x) != NULL) {
      fail("insert");
    }
    x->inside = !x->inside;
    inside += x->inside ? 1 : -1;
    if (step % 10 == 0)
      check(head, inside);
    if (step % 500 == 0)
      look_up(head);
  }
  return inside;
}

/* The other tree: static functions, its entry within another structure, the other order. */
RB_HEAD(back_tree, item);
RB_PROTOTYPE_STATIC(back_tree, item, other.link, backwards)
#undef RB_AUGMENT
#define RB_AUGMENT(x) do {} while (0)
RB_GENERATE_STATIC(back_tree, item, other.link, backwards)

static void other_tree(void) {
  struct back_tree head = RB_INITIALIZER(&head);
  struct item* x;
  struct item* y;
  int i, sum = 0;

  for (i = 0; i < ITEMS; i++)
    if (RB_INSERT(back_tree, &head, &items[i]) != NULL)
      fail("insert into the other tree");
  x = RB_MIN(back_tree, &head);
  printf("first backwards: %d, next %d\n", x->key, RB_NEXT(back_tree, x)->key);
  y = RB_ROOT(&head);
  RB_FOREACH_FROM(x, back_tree, y)
    sum++;
  y = RB_ROOT(&head);
  RB_FOREACH_REVERSE_FROM(x, back_tree, y)
    sum++;
  printf("to both sides from the root: %d\n", sum);
  RB_FOREACH_SAFE(x, back_tree, &head, y)
    if (x->key % 4 == 0)
      RB_REMOVE(back_tree, &head, x);
  sum = 0;
  RB_FOREACH(x, back_tree, &head)
    sum += x->key;
  printf("without each second one: %d\n", sum);
  RB_FOREACH_REVERSE_SAFE(x, back_tree, &head, y)
    RB_REMOVE(back_tree, &head, x);
  printf("empty: %d\n", RB_EMPTY(&head));
  RB_INIT(&head);
}

/* libuv's header has no splay trees any more; other trees' headers have. */
#ifdef SPLAY_HEAD
SPLAY_HEAD(splayed, knot);
struct knot {
  int key;
  int inside;
  SPLAY_ENTRY(knot) link;
};

static int by_knot(struct knot* a, struct knot* b) {
  return (a->key > b->key) - (a->key < b->key);
}

SPLAY_PROTOTYPE(splayed, knot, link, by_knot)
SPLAY_GENERATE(splayed, knot, link, by_knot)

static struct knot knots[ITEMS];

static void check_splayed(struct splayed* head, int expected) {
  struct knot* x;
  int last = -1;

  SPLAY_FOREACH(x, splayed, head) {
    if (!x->inside || x->key <= last)
      fail("order of a splay tree");
    last = x->key;
    expected--;
  }
  if (expected != 0)
    fail("number of knots");
  if (!SPLAY_EMPTY(head) && SPLAY_MAX(splayed, head)->key != last)
    fail("SPLAY_MAX");
}

static void splay_tree(void) {
  struct splayed head = SPLAY_INITIALIZER(&head);
  struct knot twin;
  int i, step, inside = 0;

  SPLAY_INIT(&head);
  for (i = 0; i < ITEMS; i++)
    knots[i].key = i;
  for (step = 0; step < STEPS; step++) {
    struct knot* x = &knots[chance(ITEMS)];
    twin.key = x->key;
    if (SPLAY_FIND(splayed, &head, &twin) != (x->inside ? x : NULL))
      fail("SPLAY_FIND");
    if (x->inside) {
      if (SPLAY_INSERT(splayed, &head, &twin) != x || SPLAY_ROOT(&head) != x ||
          SPLAY_REMOVE(splayed, &head, x) != x)
        fail("insert again, or remove from a splay tree");
    } else {
      if (SPLAY_REMOVE(splayed, &head, &twin) != NULL || SPLAY_INSERT(splayed, &head, x) != NULL)
        fail("insert into a splay tree");
    }
    x->inside = !x->inside;
    inside += x->inside ? 1 : -1;
    if (step % 100 == 0)
      check_splayed(&head, inside);
  }
}
#else
static void splay_tree(void) {
}
#endif

int main(void) {
  struct tree head;
  struct item* x;
  struct item* y;
  int i, inside;

  RB_INIT(&head);
  for (i = 0; i < ITEMS; i++)
    items[i].key = 2 * i;
  inside = at_random(&head);
  printf("left at random: %d\n", inside);
  y = RB_ROOT(&head);
  RB_ROTATE_LEFT(&head, y, x, link);
  printf("rotated: %d\n", RB_ROOT(&head) == x && RB_LEFT(x, link) == y);
  RB_ROTATE_RIGHT(&head, x, y, link);
  check(&head, inside);
  RB_FOREACH_SAFE(x, tree, &head, y) {
    RB_REMOVE(tree, &head, x);
    x->inside = 0;
  }
  check(&head, 0);
  other_tree();
  splay_tree();
  puts("trees are in order");
  return 0;
}
