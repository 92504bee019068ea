/* Named pipes: a client connects, sends a pair of handles, one of which the server
 * uses to answer on; then a pair from uv_pipe. */
#include "../scenario.h"

static uv_pipe_t server, peer, client, given, spare, kept;
static uv_pipe_t left, right;
static uv_connect_t connect_req;
static uv_write_t give_req, answer_req, pair_req;
static int answered, paired, taken;
static uv_file ends[2] = {-1, -1};

static void on_written(uv_write_t *req, int status) {
  if (came(req, status) < 0) give_up();
}

static void write_to(uv_write_t *req, uv_pipe_t *to, const char *text, const char *what) {
  uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));
  if (TRY(uv_write(req, (uv_stream_t *)to, &buf, 1, on_written))) give_up();
  else sent(req, what);
}

/* The server has a handle from the client: answers on it. */
static void on_peer_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  if (count == 0) return;
  if (count == UV_EOF) return close_handle(stream);
  if (TRY(count) < 0) return give_up();
  CHECK(count == 4 && !memcmp(buf->base, "take", 4), "%zd bytes with the handle", count);
  CHECK(uv_pipe_pending_count(&peer) == 1 || troubled(), "%d handles with the bytes",
        uv_pipe_pending_count(&peer));
  if (!uv_pipe_pending_count(&peer)) return give_up();
  uv_handle_type type = uv_pipe_pending_type(&peer);
  CHECK(type == UV_NAMED_PIPE || type == UV_UNKNOWN_HANDLE, "the type of what was given");
  if (type == UV_UNKNOWN_HANDLE && TRY(UV_EINVAL)) return give_up();
  if (TRY(uv_pipe_init(&loop, &given, 0)) ||
      TRY(uv_accept(stream, (uv_stream_t *)&given)))
    return give_up();
  taken = 1;
  write_to(&answer_req, &given, "thanks", "uv_write of the answer");
}

static void on_connection(uv_stream_t *stream, int status) {
  if (TRY(status) < 0) return give_up();
  if (TRY(uv_pipe_init(&loop, &peer, 1)) || TRY(uv_accept(stream, (uv_stream_t *)&peer)) ||
      TRY(uv_read_start((uv_stream_t *)&peer, on_alloc, on_peer_read)))
    give_up();
  close_handle(&server);
}

static void on_answer(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  if (count == 0) return;
  if (TRY(count) < 0) return give_up();
  CHECK(count == 6 && !memcmp(buf->base, "thanks", 6), "the answer");
  answered = 1;
  close_handle(stream);
  close_handle(&client);
  if (taken) close_handle(&given);
}

static void on_given(uv_write_t *req, int status) {
  if (came(req, status) < 0) give_up();
  close_handle(&spare);
}

/* Gives one end of a pair and reads from the other. */
static void on_connect(uv_connect_t *req, int status) {
  uv_buf_t buf = uv_buf_init("take", 4);
  uv_os_sock_t pair[2];
  if (came(req, status) < 0) return give_up();
  if (TRY(uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE)))
    return give_up();
  if (TRY(uv_pipe_init(&loop, &spare, 0)) || TRY(uv_pipe_open(&spare, pair[0]))) {
    quietly(close(pair[0]));
    quietly(close(pair[1]));
    return give_up();
  }
  if (TRY(uv_pipe_init(&loop, &kept, 0)) || TRY(uv_pipe_open(&kept, pair[1]))) {
    quietly(close(pair[1]));
    return give_up();
  }
  if (TRY(uv_read_start((uv_stream_t *)&kept, on_alloc, on_answer)) ||
      TRY(uv_write2(&give_req, (uv_stream_t *)&client, &buf, 1, (uv_stream_t *)&spare,
                    on_given)))
    return give_up();
  sent(&give_req, "uv_write2");
}

static void on_pair_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
  if (count == 0) return;
  if (count == UV_EOF) return close_handle(stream);
  if (TRY(count) < 0) return give_up();
  CHECK(paired + count <= 5 && !memcmp(buf->base, "hello" + paired, (size_t)count),
        "bytes through the pair");
  paired += (int)count;
  if (paired == 5) close_handle(&right);
}

static void pair(void) {
  if (TRY(uv_pipe(ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE))) return give_up();
  if (TRY(uv_pipe_init(&loop, &left, 0)) || TRY(uv_pipe_open(&left, ends[0]))) {
    quietly(close(ends[0]));
    quietly(close(ends[1]));
    return give_up();
  }
  if (TRY(uv_pipe_init(&loop, &right, 0)) || TRY(uv_pipe_open(&right, ends[1]))) {
    quietly(close(ends[1]));
    return give_up();
  }
  if (TRY(uv_read_start((uv_stream_t *)&left, on_alloc, on_pair_read))) return give_up();
  write_to(&pair_req, &right, "hello", "uv_write to the pair");
}

static int listen_and_connect(void) {
  char name[64];
  size_t size = sizeof name;
  if (TRY(uv_pipe_init(&loop, &server, 0)) || TRY(uv_pipe_init(&loop, &client, 1)) ||
      TRY(uv_pipe_bind(&server, "name")) ||
      TRY(uv_listen((uv_stream_t *)&server, 4, on_connection)) ||
      TRY(uv_pipe_chmod(&server, UV_READABLE | UV_WRITABLE)) ||
      TRY(uv_pipe_getsockname(&server, name, &size)))
    return -1;
  CHECK(size == 4 && !memcmp(name, "name", 4), "the name");
  uv_pipe_connect(&connect_req, &client, "name", on_connect);
  sent(&connect_req, "uv_pipe_connect");
  return 0;
}

void scenario(void) {
  if (!begin()) return;
  if (listen_and_connect()) give_up();
  else pair();
  finish();
  CHECK(troubled() || (answered && paired == 5), "answered %d, through the pair %d",
        answered, paired);
}
