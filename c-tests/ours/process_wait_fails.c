/* waitpid() fails a number of times, then works.
 *
 * A second process answers every wait4() and waitid() of this one through a seccomp
 * listener: the first N with an error, the others with "go on". Two children end at the
 * same moment, and no other SIGCHLD comes. Once with pidfds, once without, where SIGCHLD tells,
 * and once with handles that were closed first, so that the loop only reaps.
 *
 * libuv 1.53.0: abort() for every error but ECHILD and EINTR.
 * right: both exit statuses arrive when the calls work again, and meanwhile the loop
 *   pauses between its attempts. ECHILD is believed when it is said twice.
 */
#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1
#endif

enum { PIDFDS, SIGNALS, CLOSED, WAYS };

static atomic_int *asked;
static int ended, statuses;

static int send_fd(int socket, int fd) {
  char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec iov = {&byte, 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
                     .msg_controllen = sizeof room};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &fd, sizeof fd);
  return sendmsg(socket, &m, 0) == 1;
}

static int receive_fd(int socket) {
  char byte, room[CMSG_SPACE(sizeof(int))];
  struct iovec iov = {&byte, 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
                     .msg_controllen = sizeof room};
  int fd;
  if (recvmsg(socket, &m, 0) != 1 || !CMSG_FIRSTHDR(&m)) return -1;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
  return fd;
}

/* Fails the first `count` calls (all for -1) with `error`, lets the others through. */
static void answer(int socket, int count, int error) {
  int listener = receive_fd(socket);
  if (listener < 0) _exit(1);
  for (;;) {
    struct seccomp_notif call;
    struct seccomp_notif_resp reply;
    memset(&call, 0, sizeof call);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call)) {
      if (errno == EINTR || errno == ENOENT) continue;
      _exit(0);
    }
    memset(&reply, 0, sizeof reply);
    reply.id = call.id;
    if ((*asked)++ < count || count < 0)
      reply.error = -error;
    else
      reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
  }
}

static int listen_to_waits(int no_pidfds) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_wait4, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_waitid, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 2, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, no_pidfds ? SECCOMP_RET_ERRNO | EPERM
                                          : SECCOMP_RET_ALLOW)};
  struct sock_fprog prog = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                 SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

static void on_exit_cb(uv_process_t *p, int64_t status, int signum) {
  ended++;
  statuses += signum ? 1000 : (int)status;
  uv_close((uv_handle_t *)p, NULL);
}

static void on_timer(uv_timer_t *t) {
  uv_stop(t->loop);
}

static void spawn(uv_loop_t *loop, uv_process_t *process,
                  const uv_process_options_t *options) {
  int r = uv_spawn(loop, process, options);
  if (r) FAULT("uv_spawn: %s", uv_err_name(r));
}

/* In a process of its own: ends with 0, 77, or 1 after a line. */
static void scenario(int count, int error, int way) {
  static uv_loop_t loop;
  static uv_process_t first, processes[2];
  static uv_timer_t timer;
  char *nothing[] = {"true", NULL};
  char *args[] = {"sh", "-c", "read line; exit 3", NULL};
  uv_process_options_t options = {.file = "true", .args = nothing,
                                  .exit_cb = on_exit_cb};
  uv_stdio_container_t in = {.flags = UV_INHERIT_FD};
  int sockets[2], pipes[2];
  deadline(15, "the callbacks do not come");
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets)) _exit(77);
  pid_t helper = fork();
  if (helper == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    answer(sockets[1], count, error);
  }
  uv_loop_init(&loop);
  uv_timer_init(&loop, &timer);
  /* What the first one finds out about the machine is not what is tested here. */
  spawn(&loop, &first, &options);
  uv_run(&loop, UV_RUN_DEFAULT);
  ended = statuses = 0;
  int listener = listen_to_waits(way == SIGNALS);
  if (listener < 0 || !send_fd(sockets[0], listener)) _exit(77);
  close(listener);
  if (pipe2(pipes, O_CLOEXEC)) _exit(77);
  in.data.fd = pipes[0];
  options.file = "sh";
  options.args = args;
  options.stdio = &in;
  options.stdio_count = 1;
  spawn(&loop, &processes[0], &options);
  spawn(&loop, &processes[1], &options);
  int pids[2] = {processes[0].pid, processes[1].pid};
  if (way == CLOSED)
    for (int i = 0; i < 2; i++) uv_close((uv_handle_t *)&processes[i], NULL);
  close(pipes[1]); /* both end now */
  if (count < 0) {
    /* The loop has a second for its attempts, most of which is pauses. */
    uv_timer_start(&timer, on_timer, 1000, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(ended == 0, "a callback without a status");
    CHECK(*asked > 4 && *asked < 1000, "%d attempts in a second", *asked);
    kill(helper, SIGKILL);
    _exit(0);
  }
  if (way == CLOSED) {
    while (kill(pids[0], 0) == 0 || kill(pids[1], 0) == 0) {
      uv_timer_start(&timer, on_timer, 10, 0);
      uv_run(&loop, UV_RUN_DEFAULT);
    }
  } else {
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(ended == 2, "%d callbacks", ended);
    CHECK(statuses == 6, "statuses whose sum is %d", statuses);
  }
  CHECK(*asked >= count, "only %d attempts", *asked);
  uv_close((uv_handle_t *)&timer, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0, "uv_loop_close");
  kill(helper, SIGKILL);
  _exit(0);
}

int main(void) {
  static const struct {
    int count, error;
  } plans[] = {{1, EINTR},  {1, EINVAL}, {1, ECHILD}, {2, EPERM},
               {3, ENOSYS}, {20, EPERM}, {-1, EPERM}};
  static const char *const ways[] = {"with pidfds", "with SIGCHLD", "handles closed"};
  int bad = 0;
  asked = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
    for (int way = 0; way < WAYS; way++) {
      int status;
      *asked = 0;
      fflush(stdout);
      pid_t pid = fork();
      if (pid == 0) scenario(plans[i].count, plans[i].error, way);
      CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
      if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        SKIP("no seccomp listeners here");
      if (status == 0) continue;
      printf("  that was %d times %s, %s%s\n", plans[i].count,
             strerror(plans[i].error), ways[way],
             WIFSIGNALED(status) ? ", killed" : "");
      bad++;
    }
  if (bad) FAULT("%d of these", bad);
  return 0;
}
