"""A socket for Python's standard library, made of a pyuv handle.

What the library asks of a socket is little: makefile, sendall, recv and their kin. Here
each of them turns the loop until it has its answer, or until the timeout has passed. The
loop's other handles are served meanwhile.
"""

import ctypes
import io
import select
import time

import pyuv


def _find_run_for():
    """The default loop's uvx_run_for, which takes nanoseconds; None on libuv."""
    uv = ctypes.CDLL("libuv.so.1")  # the one that pyuv is linked with
    try:
        run_for = uv.uvx_run_for
    except AttributeError:
        return None
    uv.uv_default_loop.restype = ctypes.c_void_p
    run_for.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    return lambda nanoseconds: run_for(uv.uv_default_loop(), nanoseconds)


RUN_FOR = _find_run_for()


def turn(loop, at_most=None):
    """One turn of the loop, which waits at most so many seconds."""
    if RUN_FOR and loop is pyuv.Loop.default_loop():
        RUN_FOR(2**64 - 1 if at_most is None else int(max(at_most, 0) * 1e9))
        return
    wait = loop.get_timeout()
    if wait < 0 or at_most is not None and wait > at_most:
        wait = at_most
    select.select([loop.fileno()], [], [], wait)
    loop.run(pyuv.UV_RUN_NOWAIT)


class Socket:
    def __init__(self, loop, timeout=None):
        self.handle = pyuv.TCP(loop)
        self.timeout = timeout
        self.received = bytearray()
        self.ended = None

    def settimeout(self, seconds):
        self.timeout = seconds

    def connect(self, address):
        answer = []
        self.handle.connect(address, lambda handle, error: answer.append(error))
        self._turn_until(lambda: answer)
        _check(answer[0])

    def sendall(self, data):
        answer = []
        self.handle.write(bytes(data), lambda handle, error: answer.append(error))
        self._turn_until(lambda: answer)
        _check(answer[0])

    def recv_into(self, buffer):
        if not self.received and self.ended is None:
            self.handle.start_read(self._on_read)
            try:
                self._turn_until(lambda: self.received or self.ended is not None)
            finally:
                self.handle.stop_read()
        if not self.received and self.ended != pyuv.errno.UV_EOF:
            _check(self.ended)
        count = min(len(buffer), len(self.received))
        buffer[:count] = self.received[:count]
        del self.received[:count]
        return count

    def recv(self, size):
        buffer = bytearray(size)
        return bytes(buffer[: self.recv_into(buffer)])

    def makefile(self, mode="r", buffering=-1, **text):
        size = io.DEFAULT_BUFFER_SIZE if buffering < 0 else buffering
        file = io.BufferedRWPair(_Raw(self), _Raw(self), size)
        return file if "b" in mode else io.TextIOWrapper(file, **text)

    def close(self):
        if not self.handle.closed:
            self.handle.close()

    def _on_read(self, handle, data, error):
        self.received += data or b""
        self.ended = error

    def _turn_until(self, done):
        end = None if self.timeout is None else time.monotonic() + self.timeout
        while not done():
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError("timed out")
            turn(self.handle.loop, left)


class _Raw(io.RawIOBase):
    """One direction, for the buffers of the io module."""

    def __init__(self, socket):
        self.socket = socket

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, buffer):
        return self.socket.recv_into(memoryview(buffer).cast("B"))

    def write(self, data):
        self.socket.sendall(data)
        return len(data)


def _check(error):
    if error is not None:
        name = pyuv.errno.errorcode.get(error, error)
        raise OSError(-error, "%s: %s" % (name, pyuv.errno.strerror(error)))
