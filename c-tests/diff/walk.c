/* uv_walk: order, and closing or opening handles inside it. */
#include "trace.h"

static uv_loop_t loop;
static uv_timer_t t[4], extra[4];
static uv_async_t async;
static uv_tcp_t tcp;
static int made;

static void on_async(uv_async_t *a) { (void) a; }
static void show_one(uv_handle_t *h, void *arg) {
  say("  %s %s, closing %d, arg %s", uv_handle_type_name(h->type), label(h),
      uv_is_closing(h), (const char *) arg);
}
static void close_each(uv_handle_t *h, void *arg) {
  show_one(h, arg);
  CLOSE(h);
}
static void close_next(uv_handle_t *h, void *arg) {
  show_one(h, arg);
  if (h == H(&t[0])) CLOSE(&t[1]);
  if (h == H(&t[3])) CLOSE(&t[2]);
}
static void init_more(uv_handle_t *h, void *arg) {
  show_one(h, arg);
  if (made < 2) {
    MUST(uv_timer_init(&loop, &extra[made]));
    extra[made].data = made ? "extra1" : "extra0";
    made++;
  }
}
static void walk_inside(uv_handle_t *h, void *arg) {
  static int depth;
  show_one(h, arg);
  if (depth++ == 0) uv_walk(&loop, show_one, "inner");
}

int main(void) {
  static const char *names[] = {"t0", "t1", "t2", "t3"};
  int i;
  begin();
  MUST(uv_loop_init(&loop));
  say("an empty loop");
  uv_walk(&loop, show_one, "x");
  for (i = 0; i < 4; i++) {
    MUST(uv_timer_init(&loop, &t[i]));
    t[i].data = (void *) names[i];
    extra[i].data = NULL;
  }
  MUST(uv_async_init(&loop, &async, on_async));
  MUST(uv_tcp_init(&loop, &tcp));
  uv_unref(H(&tcp));
  say("all");
  uv_walk(&loop, show_one, "a");
  say("nested");
  uv_walk(&loop, walk_inside, "outer");
  say("closing others");
  uv_walk(&loop, close_next, "b");
  say("again: those that are closing are still there");
  uv_walk(&loop, show_one, "c");
  run(&loop, UV_RUN_NOWAIT);
  say("now gone");
  uv_walk(&loop, show_one, "d");
  say("opening inside");
  uv_walk(&loop, init_more, "e");
  uv_walk(&loop, show_one, "f");
  say("closing all");
  uv_walk(&loop, close_each, "g");
  run(&loop, UV_RUN_DEFAULT);
  uv_walk(&loop, show_one, "h");
  return finish(&loop);
}
