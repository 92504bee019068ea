/* What a loop's handles look like when they are printed. Internal handles are
 * the library's own affair and left out. */
#include "trace.h"

static uv_loop_t loop;

static void nothing(uv_timer_t *t) { (void) t; }
static void nothing_idle(uv_idle_t *i) { (void) i; }

static void print(const char *what, void (*how)(uv_loop_t *, FILE *),
                  uv_loop_t *of) {
  char line[128], flags[8], type[32];
  void *at;
  FILE *f = tmpfile();
  if (f == NULL) broken("tmpfile");
  say("%s:", what);
  how(of, f);
  rewind(f);
  while (fgets(line, sizeof line, f)) {
    if (sscanf(line, "%7s %31s %p", flags, type, &at) != 3)
      say("not understood: %s", line);
    else if (flags[3] != 'I')
      say("%.14s of the loop: %d", line, ((uv_handle_t *) at)->loop == of);
  }
  fclose(f);
}

int main(void) {
  uv_timer_t timer, unref, other;
  uv_idle_t idle;
  uv_tcp_t tcp;
  uv_prepare_t prepare;
  FILE *f;
  int saved;

  begin();
  MUST(uv_loop_init(&loop));
  print("nothing", uv_print_all_handles, &loop);
  MUST(uv_timer_init(&loop, &timer));
  MUST(uv_timer_init(&loop, &unref));
  MUST(uv_idle_init(&loop, &idle));
  MUST(uv_tcp_init(&loop, &tcp));
  MUST(uv_prepare_init(&loop, &prepare));
  print("fresh", uv_print_all_handles, &loop);
  print("fresh", uv_print_active_handles, &loop);
  MUST(uv_timer_start(&timer, nothing, 1000, 0));
  MUST(uv_timer_start(&unref, nothing, 1000, 0));
  uv_unref(H(&unref));
  uv_unref(H(&prepare));
  MUST(uv_idle_start(&idle, nothing_idle));
  print("started", uv_print_all_handles, &loop);
  print("started", uv_print_active_handles, &loop);
  uv_close(H(&timer), NULL);
  uv_close(H(&tcp), NULL);
  print("closing", uv_print_all_handles, &loop);
  print("closing", uv_print_active_handles, &loop);

  /* no stream: standard error; no loop: the default one */
  f = tmpfile();
  if (f == NULL) broken("tmpfile");
  saved = dup(2);
  SYS(saved);
  fflush(stderr);
  SYS(dup2(fileno(f), 2));
  uv_print_active_handles(&loop, NULL);
  fflush(stderr);
  SYS(dup2(saved, 2));
  close(saved);
  say("to standard error: %s", lseek(fileno(f), 0, SEEK_END) > 0 ? "yes" : "no");
  fclose(f);
  MUST(uv_timer_init(uv_default_loop(), &other));
  f = tmpfile();
  uv_print_all_handles(NULL, f);
  say("of the default loop: %s", ftell(f) > 0 ? "yes" : "no");
  fclose(f);
  close_all(uv_default_loop());
  TRY(uv_loop_close(uv_default_loop()));
  close_all(&loop);
  return finish(&loop);
}
