"""A server in a child process on plain sockets: forked before uvsocket is imported, ended by a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
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


@contextlib.contextmanager
def forked(function: Callable[[], None]) -> Iterator[int]:
    """Run `function` in a forked process; gives its process number, and ends it at the end of the context."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            function()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
