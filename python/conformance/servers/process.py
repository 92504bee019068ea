"""A server in a child process on plain sockets: forked before uvsocket is imported, ended by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import traceback
from typing import Callable, Iterator, NamedTuple


class Address(NamedTuple):
    """A TCP address of a server, in the form that connect takes."""

    host: str
    port: int


@contextlib.contextmanager
def serve_in_process(serve: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[Address]:
    """Run `serve(listener)` in a forked process while the context lasts; gives the address it listens at."""
    listener = socket.create_server((host, 0), backlog=128)
    address = Address(host, listener.getsockname()[1])
    with forked(lambda: serve(listener)):
        listener.close()
        yield address


def end_with_parent(read_end: int) -> None:
    """End this process when the parent, which holds the other end of the pipe, has ended."""
    os.read(read_end, 1)
    os._exit(1)


@contextlib.contextmanager
def forked(function: Callable[[], None]) -> Iterator[int]:
    """Run `function` in a forked process; gives its process number, and ends it at the end of the context.

    The process ends when this one does, in whatever way: it reads a pipe of which only this one has the other end.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(write_end)
            threading.Thread(target=end_with_parent, args=(read_end,), daemon=True).start()
            function()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(read_end)
    try:
        yield pid
    finally:
        os.close(write_end)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
