/* Requests on files with arguments that cannot work: null requests, null or no
 * buffers, descriptors that are not open, lengths and flags out of range. */
#include "files.h"

static uv_loop_t loop;
static uv_fs_t req;

static void never(uv_fs_t *r) {
  say("callback of a request that was refused: %s", name(r->result));
}

int main(void) {
  char space[8];
  uv_buf_t buf = uv_buf_init(space, sizeof space);
  uv_buf_t huge[2];
  uv_dir_t dir;
  begin();
  MUST(uv_loop_init(&loop));

  say("no request");
  TRY(uv_fs_open(NULL, NULL, "x", 0, 0, NULL));
  TRY(uv_fs_close(NULL, NULL, 0, NULL));
  TRY(uv_fs_read(&loop, NULL, 0, &buf, 1, 0, never));
  TRY(uv_fs_stat(&loop, NULL, "/", never));
  TRY(uv_fs_copyfile(NULL, NULL, "a", "b", 99, NULL));
  uv_fs_req_cleanup(NULL);

  say("no buffers");
  TRY(uv_fs_read(NULL, &req, 0, NULL, 1, 0, NULL));
  TRY(uv_fs_read(&loop, &req, 0, &buf, 0, 0, never));
  TRY(uv_fs_write(NULL, &req, 1, NULL, 1, 0, NULL));
  TRY(uv_fs_write(&loop, &req, 1, &buf, 0, 0, never));
  say("type %d, result %s", uv_fs_get_type(&req), name(uv_fs_get_result(&req)));
  uv_fs_req_cleanup(&req);

  say("too many bytes");
  huge[0] = uv_buf_init(space, 0x7ffff000u);
  huge[1] = uv_buf_init(space, 1);
  TRY(uv_fs_write(NULL, &req, -1, huge, 2, -1, NULL));
  TRY(uv_fs_write(NULL, &req, -1, huge, 1, -1, NULL));
  uv_fs_req_cleanup(&req);
  TRY(uv_fs_sendfile(NULL, &req, -1, -1, 0, (size_t) 0x7ffff001u, NULL));
  TRY(uv_fs_sendfile(NULL, &req, -1, -1, 0, (size_t) 0x7ffff000u, NULL));
  uv_fs_req_cleanup(&req);

  say("no such descriptor");
  SYNC(&req, uv_fs_close(NULL, &req, -1, NULL));
  SYNC(&req, uv_fs_read(NULL, &req, -1, &buf, 1, 0, NULL));
  SYNC(&req, uv_fs_write(NULL, &req, -1, &buf, 1, -1, NULL));
  SYNC(&req, uv_fs_fsync(NULL, &req, -1, NULL));
  SYNC(&req, uv_fs_fdatasync(NULL, &req, -1, NULL));
  SYNC(&req, uv_fs_ftruncate(NULL, &req, -1, 1, NULL));
  SYNC(&req, uv_fs_ftruncate(NULL, &req, 0, -1, NULL));
  SYNC(&req, uv_fs_fstat(NULL, &req, -1, NULL));
  SYNC(&req, uv_fs_fchmod(NULL, &req, -1, 0600, NULL));
  SYNC(&req, uv_fs_fchown(NULL, &req, -1, 0, 0, NULL));
  SYNC(&req, uv_fs_futime(NULL, &req, -1, 1, 1, NULL));

  say("no such path");
  SYNC(&req, uv_fs_open(NULL, &req, "", 0, 0, NULL));
  SYNC(&req, uv_fs_open(NULL, &req, "/nowhere/x", O_RDONLY, 0, NULL));
  SYNC(&req, uv_fs_stat(NULL, &req, "/nowhere", NULL));
  SYNC(&req, uv_fs_lstat(NULL, &req, "", NULL));
  SYNC(&req, uv_fs_statfs(NULL, &req, "/nowhere", NULL));
  SYNC(&req, uv_fs_access(NULL, &req, "/", 99, NULL));
  SYNC(&req, uv_fs_access(NULL, &req, "/nowhere", F_OK, NULL));
  SYNC(&req, uv_fs_chmod(NULL, &req, "/nowhere", 0, NULL));
  SYNC(&req, uv_fs_chown(NULL, &req, "/nowhere", 0, 0, NULL));
  SYNC(&req, uv_fs_lchown(NULL, &req, "/nowhere", 0, 0, NULL));
  SYNC(&req, uv_fs_utime(NULL, &req, "/nowhere", 0, 0, NULL));
  SYNC(&req, uv_fs_lutime(NULL, &req, "/nowhere", 0, 0, NULL));
  SYNC(&req, uv_fs_unlink(NULL, &req, "/nowhere", NULL));
  SYNC(&req, uv_fs_rmdir(NULL, &req, "/nowhere", NULL));
  SYNC(&req, uv_fs_mkdir(NULL, &req, "/", 0700, NULL));
  SYNC(&req, uv_fs_rename(NULL, &req, "/nowhere", "/nowhere2", NULL));
  SYNC(&req, uv_fs_link(NULL, &req, "/nowhere", "/nowhere2", NULL));
  SYNC(&req, uv_fs_symlink(NULL, &req, "", "/nowhere2", 0, NULL));
  SYNC(&req, uv_fs_readlink(NULL, &req, "/", NULL));
  SYNC(&req, uv_fs_realpath(NULL, &req, "/nowhere", NULL));
  SYNC(&req, uv_fs_scandir(NULL, &req, "/nowhere", 0, NULL));
  SYNC(&req, uv_fs_opendir(NULL, &req, "/dev/null", NULL));
  SYNC(&req, uv_fs_copyfile(NULL, &req, "/nowhere", "/nowhere2", 0, NULL));
  SYNC(&req, uv_fs_copyfile(NULL, &req, "/nowhere", "/nowhere2", 8, NULL));

  say("directories that are none");
  memset(&dir, 0, sizeof dir);
  TRY(uv_fs_readdir(&loop, &req, NULL, never));
  TRY(uv_fs_readdir(&loop, &req, &dir, never));
  TRY(uv_fs_closedir(&loop, &req, NULL, never));

  run(&loop, UV_RUN_DEFAULT);
  return finish(&loop);
}
