/* Loops: init, close, new, delete, the default one, data, configure. */
#include "trace.h"

static void on_timer(uv_timer_t *t) { (void) t; }
static void *no_memory(size_t n) { (void) n; return NULL; }
static void *no_realloc(void *p, size_t n) { (void) p; (void) n; return NULL; }
static void *no_calloc(size_t n, size_t m) { (void) n; (void) m; return NULL; }

int main(void) {
  static uv_timer_t timer;
  uv_loop_t a, *p;
  int i;
  begin();
  say("size %d", uv_loop_size() == sizeof(uv_loop_t));
  memset(&a, 0xff, sizeof a);
  a.data = "kept";
  TRY(uv_loop_init(&a));
  say("data %s", (const char *) a.data);
  uv_loop_set_data(&a, "set");
  say("data %s %s", (const char *) uv_loop_get_data(&a), (const char *) a.data);
  MUST(uv_timer_init(&a, &timer));
  TRY(uv_loop_close(&a));
  MUST(uv_timer_start(&timer, on_timer, 0, 0));
  TRY(uv_loop_close(&a));
  CLOSE(&timer);
  TRY(uv_loop_close(&a));
  run(&a, UV_RUN_NOWAIT);
  TRY(uv_loop_close(&a));
  say("data %s", (const char *) a.data);
  TRY(uv_loop_init(&a));
  run(&a, UV_RUN_DEFAULT);
  TRY(uv_loop_close(&a));

  say("configure");
  MUST(uv_loop_init(&a));
  TRY(uv_loop_configure(&a, UV_LOOP_BLOCK_SIGNAL, SIGPROF));
  TRY(uv_loop_configure(&a, UV_LOOP_BLOCK_SIGNAL, SIGTERM));
  TRY(uv_loop_configure(&a, UV_LOOP_BLOCK_SIGNAL, 0));
  TRY(uv_loop_configure(&a, UV_METRICS_IDLE_TIME));
  TRY(uv_loop_configure(&a, UV_METRICS_IDLE_TIME));
  TRY(uv_loop_configure(&a, UV_LOOP_USE_IO_URING_SQPOLL));
  for (i = 3; i < 12; i++) say("option %d -> %s", i, name(uv_loop_configure(&a, (uv_loop_option) i)));
  TRY(uv_loop_configure(&a, (uv_loop_option) -1));
  TRY(uv_loop_configure(&a, (uv_loop_option) 1000));
  TRY(uv_loop_close(&a));

  say("new and delete");
  p = uv_loop_new();
  say("made %d", p != NULL);
  run(p, UV_RUN_DEFAULT);
  uv_loop_delete(p);

  say("default");
  p = uv_default_loop();
  say("the same %d", p == uv_default_loop());
  run(p, UV_RUN_DEFAULT);
  MUST(uv_timer_init(p, &timer));
  TRY(uv_loop_close(p));
  say("still the same %d", p == uv_default_loop());
  CLOSE(&timer);
  run(p, UV_RUN_DEFAULT);
  TRY(uv_loop_close(p));
  p = uv_default_loop();
  say("again %d", p != NULL);
  run(p, UV_RUN_DEFAULT);
  uv_loop_delete(p);

  say("many at a time");
  {
    static uv_loop_t many[20];
    for (i = 0; i < 20; i++) MUST(uv_loop_init(&many[i]));
    for (i = 0; i < 20; i++) MUST(uv_loop_close(&many[(i * 7) % 20]));
  }
  uv_library_shutdown();
  uv_library_shutdown();
  leftovers();

  say("allocators");
  TRY(uv_replace_allocator(NULL, counted_realloc, counted_calloc, counted_free));
  TRY(uv_replace_allocator(counted_malloc, NULL, counted_calloc, counted_free));
  TRY(uv_replace_allocator(counted_malloc, counted_realloc, NULL, counted_free));
  TRY(uv_replace_allocator(counted_malloc, counted_realloc, counted_calloc, NULL));
  TRY(uv_replace_allocator(no_memory, no_realloc, no_calloc, counted_free));
  say("new without memory: %d", uv_loop_new() == NULL);
  return 0;
}
