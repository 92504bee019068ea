/* idle, prepare and check: order among several, and changes from inside. */
#include "trace.h"

static uv_loop_t loop;
static uv_prepare_t p[4];
static uv_check_t c[3];
static uv_idle_t i[3];
static int round_no;

static void late(uv_prepare_t *h) { say("  prepare %s (started inside)", label(h)); }
static void on_prepare(uv_prepare_t *h) {
  say("  prepare %s", label(h));
  if (round_no == 1 && h == &p[0]) {
    TRY(uv_prepare_start(&p[3], late));
    TRY(uv_prepare_stop(&p[1]));
  }
  if (round_no == 2 && h == &p[0]) TRY(uv_prepare_stop(&p[0]));
  if (round_no == 3 && h == &p[2]) CLOSE(&p[3]);
}
static void on_check2(uv_check_t *h) { say("  check %s, second callback", label(h)); }
static void on_check(uv_check_t *h) {
  say("  check %s", label(h));
  if (round_no == 1) TRY(uv_check_start(h, on_check2));
  if (round_no == 2 && h == &c[1]) {
    uv_check_stop(h);
    TRY(uv_check_start(h, on_check2));
  }
}
static void on_idle(uv_idle_t *h) {
  say("  idle %s", label(h));
  if (round_no == 1 && h == &i[1]) TRY(uv_idle_stop(h));
  if (round_no == 2 && h == &i[0]) {
    TRY(uv_idle_stop(&i[2]));
    TRY(uv_idle_start(&i[1], on_idle));
  }
}

int main(void) {
  static const char *names[] = {"a", "b", "c", "d"};
  int n;
  begin();
  MUST(uv_loop_init(&loop));
  for (n = 0; n < 4; n++) {
    MUST(uv_prepare_init(&loop, &p[n]));
    p[n].data = (void *) names[n];
  }
  for (n = 0; n < 3; n++) {
    MUST(uv_check_init(&loop, &c[n]));
    MUST(uv_idle_init(&loop, &i[n]));
    c[n].data = i[n].data = (void *) names[n];
  }
  TRY(uv_prepare_start(&p[0], NULL));
  TRY(uv_check_start(&c[0], NULL));
  TRY(uv_idle_start(&i[0], NULL));
  TRY(uv_prepare_stop(&p[0]));
  for (n = 0; n < 3; n++) {
    MUST(uv_prepare_start(&p[n], on_prepare));
    MUST(uv_check_start(&c[n], on_check));
    MUST(uv_idle_start(&i[n], on_idle));
  }
  TRY(uv_prepare_start(&p[0], NULL));
  TRY(uv_prepare_start(&p[0], late));
  for (round_no = 0; round_no < 5; round_no++) run(&loop, UV_RUN_NOWAIT);
  say("active: p %d %d %d, c %d %d %d, i %d %d %d", uv_is_active(H(&p[0])),
      uv_is_active(H(&p[1])), uv_is_active(H(&p[2])), uv_is_active(H(&c[0])),
      uv_is_active(H(&c[1])), uv_is_active(H(&c[2])), uv_is_active(H(&i[0])),
      uv_is_active(H(&i[1])), uv_is_active(H(&i[2])));
  for (n = 0; n < 3; n++) {
    TRY(uv_prepare_stop(&p[n]));
    TRY(uv_check_stop(&c[n]));
    TRY(uv_idle_stop(&i[n]));
  }
  run(&loop, UV_RUN_DEFAULT);
  close_all(&loop);
  return finish(&loop);
}
