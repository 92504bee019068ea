/* idle, prepare and check handles that start, stop, restart and close themselves and
 * each other from their callbacks, which run the loop too, at random, and with an
 * allocator that has nothing to give at times: who is called when? There are calm turns
 * among the busy ones. */
#include "chance.h"

enum { N = 80, TURNS = 150 };

static uv_loop_t loop;
static int bad, seen, calm, depth;

static int below(int n) { return (int) chance((uint32_t) n); }

#define KIND(kind)                                                             \
  static uv_##kind##_t kind[N];                                                \
  static int kind##_closed[N];                                                 \
  static void change_##kind(int near);                                         \
  static void on_##kind(uv_##kind##_t *h) {                                    \
    int i, me = (int) (h - kind);                                              \
    if (kind##_closed[me]) bad++;                                              \
    printf(" " #kind " %d", me);                                               \
    if (seen++ % 16 == 15) say(".");                                           \
    if (calm && below(100)) return;                                            \
    for (i = below(4); i > 0; i--) change_##kind(me);                          \
    if (below(40) == 0) uv_stop(h->loop);                                      \
    if (below(8) == 0) printf(" (%d)", uv_backend_timeout(h->loop));           \
    if (depth < 2 && below(60) == 0) {                                         \
      printf(" {");                                                            \
      depth++;                                                                 \
      uv_run(h->loop, UV_RUN_NOWAIT);                                          \
      depth--;                                                                 \
      printf(" }");                                                            \
    }                                                                          \
  }                                                                            \
  static void other_##kind(uv_##kind##_t *h) {                                 \
    printf(" and");                                                            \
    on_##kind(h);                                                              \
  }                                                                            \
  static void made_##kind(uv_handle_t *h) {                                    \
    int me = (int) ((uv_##kind##_t *) h - kind);                               \
    printf(" closed %d", me);                                                  \
    kind##_closed[me] = 0;                                                     \
    MUST(uv_##kind##_init(&loop, &kind[me]));                                  \
    if (below(2)) MUST(uv_##kind##_start(&kind[me], on_##kind));               \
  }                                                                            \
  static void change_##kind(int near) {                                        \
    int what = below(8), at = below(3) ? (near + below(3) + N - 1) % N : below(N); \
    if (kind##_closed[at]) return;                                             \
    if (what < 3) {                                                            \
      MUST(uv_##kind##_stop(&kind[at]));                                       \
    } else if (what < 6) {                                                     \
      MUST(uv_##kind##_start(&kind[at], on_##kind));                           \
    } else if (what < 7) {                                                     \
      MUST(uv_##kind##_stop(&kind[at]));                                       \
      MUST(uv_##kind##_start(&kind[at], other_##kind));                        \
    } else if (below(3) == 0) {                                                \
      kind##_closed[at] = 1;                                                   \
      uv_close(H(&kind[at]), made_##kind);                                     \
    }                                                                          \
  }

KIND(idle)
KIND(prepare)
KIND(check)

static void all(int poor) {
  int i, j, turn, active = 0;
  for (i = 0; i < N; i++) {
    MUST(uv_idle_init(&loop, &idle[i]));
    MUST(uv_prepare_init(&loop, &prepare[i]));
    MUST(uv_check_init(&loop, &check[i]));
  }
  for (turn = 0; turn < TURNS; turn++) {
    starve = poor && turn / 10 % 2 == 0;
    calm = turn / 15 % 2;
    say("turn %d", turn);
    for (j = below(calm ? 10 : 20) - 8 * calm; j > 0; j--) {
      change_idle(below(N));
      change_prepare(below(N));
      change_check(below(N));
    }
    uv_run(&loop, UV_RUN_NOWAIT);
    printf("\n");
  }
  starve = 0;
  for (i = 0; i < N; i++)
    active += uv_is_active(H(&idle[i])) + uv_is_active(H(&prepare[i])) +
              uv_is_active(H(&check[i]));
  say("active %d, bad %d, timeout %d", active, bad, uv_backend_timeout(&loop));
  for (i = 0; i < N; i++) {
    if (!idle_closed[i]) uv_close(H(&idle[i]), NULL);
    if (!prepare_closed[i]) uv_close(H(&prepare[i]), NULL);
    if (!check_closed[i]) uv_close(H(&check[i]), NULL);
  }
  close_all(&loop);
}

int main(void) {
  begin();
  MUST(uv_loop_init(&loop));
  for (seed = 1; seed < 4; seed++) {
    uint32_t was = seed;
    say("seed %d", (int) seed);
    all(seed == 2);
    seed = was;
  }
  return finish(&loop);
}
