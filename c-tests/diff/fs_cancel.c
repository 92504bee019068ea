/* Taking file requests back: each kind while it waits, once it is over, twice, and
 * what is left in it. The order of the callbacks is that of the cancellations. */
#include "files.h"

static uv_loop_t loop;
static uv_work_t blocker;
static uv_fs_t reqs[16];
static int called;

static void done(uv_fs_t *r) {
  say("request %d: type %d, result %s, ptr %s, path %s", (int) (r - reqs), r->fs_type,
      name(r->result), r->ptr ? "set" : "null", r->path ? r->path : "-");
  uv_fs_req_cleanup(r);
  called++;
}

int main(void) {
  static char space[6][8];
  uv_buf_t bufs[6];
  int i, n = 0;
  begin();
  one_thread();
  enter_scratch();
  MUST(uv_loop_init(&loop));
  for (i = 0; i < 6; i++) bufs[i] = uv_buf_init(space[i], 8);
  make_file("f", "text");
  block_pool(&loop, &blocker);
  MUST(uv_fs_stat(&loop, &reqs[n++], "f", done));
  MUST(uv_fs_open(&loop, &reqs[n++], "f", O_RDONLY, 0, done));
  MUST(uv_fs_read(&loop, &reqs[n++], 0, bufs, 6, 0, done));
  MUST(uv_fs_write(&loop, &reqs[n++], 99, bufs, 6, 0, done));
  MUST(uv_fs_scandir(&loop, &reqs[n++], ".", 0, done));
  MUST(uv_fs_mkdtemp(&loop, &reqs[n++], "tXXXXXX", done));
  MUST(uv_fs_rename(&loop, &reqs[n++], "f", "g", done));
  MUST(uv_fs_readlink(&loop, &reqs[n++], "f", done));
  MUST(uv_fs_opendir(&loop, &reqs[n++], ".", done));
  MUST(uv_fs_unlink(&loop, &reqs[n++], "f", done));
  say("alive %d, close -> %s", uv_loop_alive(&loop), name(uv_loop_close(&loop)));
  for (i = n - 1; i > 0; i--)
    say("cancel %d -> %s", i, name(uv_cancel((uv_req_t *) &reqs[i])));
  say("again -> %s", name(uv_cancel((uv_req_t *) &reqs[1])));
  say("the blocker -> %s", name(uv_cancel((uv_req_t *) &blocker)));
  say("nothing has been called: %d", called);
  while (called < n - 1) uv_run(&loop, UV_RUN_ONCE);
  let_go();
  while (called < n) uv_run(&loop, UV_RUN_ONCE);
  uv_run(&loop, UV_RUN_DEFAULT);
  show_file("f");
  uv_sem_destroy(&gate);
  uv_sem_destroy(&entered);
  leave_scratch();
  return finish(&loop);
}
