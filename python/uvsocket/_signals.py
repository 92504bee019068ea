"""Signals in the main thread: Python runs a handler only when Python code runs."""

from __future__ import annotations

import signal
import socket as _socket
from typing import Callable

import pyuv

_socketpair = _socket.socketpair
_RealSocket = _socket.socket


class Signals:
    """Ends a wait when a signal has come, so that Python can call its handler."""

    def __init__(self, loop: pyuv.Loop) -> None:
        self._reader, self._writer = _socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._poll = pyuv.Poll(loop, self._reader.fileno())
        self._callback: Callable[..., object] | None = None

    def listen(self, callback: Callable[..., object]) -> bool:
        """Sees to it that the next signal ends a turn, in which `callback` is called. Returns
        false if it will not, because the program has set a wake-up descriptor of its own."""
        mine = self._writer.fileno()
        before = signal.set_wakeup_fd(mine, warn_on_full_buffer=False)
        if before not in (-1, mine):
            signal.set_wakeup_fd(before)
            return False
        if callback is slice:
            self.drain()  # This callback does not.
        if before != mine or callback != self._callback:
            self._poll.start(pyuv.UV_READABLE, callback)
            self._poll.ref = False
            self._callback = callback
        return True

    def drain(self) -> None:
        """Takes what signals have written."""
        try:
            _RealSocket.recv(self._reader, 4096)
        except BlockingIOError:
            pass

    def forget(self) -> None:
        """In a forked child: the parent's pair is left to the parent."""
        mine = self._writer.fileno()
        before = signal.set_wakeup_fd(-1)
        if before != mine:
            signal.set_wakeup_fd(before)
