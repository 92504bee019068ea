"""A descriptor that a loop watches, and who waits for it."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING, Any

import pyuv

if TYPE_CHECKING:
    from ._hub import Hub

READ: int = pyuv.UV_READABLE
WRITE: int = pyuv.UV_WRITABLE

#: Held while a descriptor is closed on which another thread may wait. The collection of garbage
#: may close another one meanwhile, in the same thread.
closing = threading.RLock()


def _os_error(error: Any) -> OSError:
    code = -error.args[0]
    return OSError(code, os.strerror(code))


class _Closer:
    """Closes a descriptor when the last thread that waits for it has stopped watching it."""

    __slots__ = ("fd", "threads")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.threads = 0

    def release(self) -> None:
        self.threads -= 1
        if self.threads == 0:
            os.close(self.fd)


class Watcher:
    """The Poll handle of one descriptor in one loop; libuv allows no second one.

    The handle stays started after a greenlet's wait and is stopped by the first event for which
    none waits, so a greenlet that reads one message after another starts it once. It does not
    keep the loop alive: the hub counts those who wait.
    """

    __slots__ = ("hub", "fd", "poll", "waiting", "started", "closed", "closer")

    def __init__(self, hub: Hub, fd: int) -> None:
        self.hub = hub
        self.fd = fd
        try:
            self.poll = pyuv.Poll(hub.loop, fd)
        except pyuv.error.PollError as error:
            raise _os_error(error) from None
        self.poll.ref = False
        #: For each who waits: the function that wakes it, and the events.
        self.waiting: list[tuple[Any, int]] = []
        #: The events for which the handle is started.
        self.started = 0
        self.closed = False
        self.closer: _Closer | None = None

    def wait(self, events: int, timeout: float | None) -> None:
        """Waits until one of the events may have happened, or for so many seconds. May return
        early: the caller tries its call again. Raises EBADF when the descriptor is closed."""
        waker = self.hub.waker()
        entry = (waker, events)
        self.begin(entry)
        try:
            self.hub.pause(waker, timeout)
        finally:
            self.end(entry)
        if self.closed:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def begin(self, entry: tuple[Any, int]) -> None:
        """Watches for one more who waits."""
        waiting = self.waiting
        waiting.append(entry)
        events = entry[1] if len(waiting) == 1 else self._wanted()
        if events != self.started and not self.closed:
            try:
                # Who turns the loop needs no callback but one that returns: no Python code runs
                # in the loop then, and a signal's handler runs after the turn, where it may raise.
                self.poll.start(events, slice if entry[0] is None else self._on_events)
            except pyuv.error.PollError as error:
                waiting.remove(entry)
                raise _os_error(error) from None
            self.started = events
        self.hub.count_waiting(1)

    def end(self, entry: tuple[Any, int]) -> None:
        """Ends what `begin` has begun."""
        self.hub.count_waiting(-1)
        if entry[0] is None and not self.closed:
            self._stop()
        # Not before the handle is stopped: who closes the descriptor looks at the list.
        self.waiting.remove(entry)
        if self.closed:
            self._finish_close()

    def _wanted(self) -> int:
        events = 0
        for _, wanted in self.waiting:
            events |= wanted
        return events

    def _stop(self) -> None:
        if self.started:
            self.started = 0
            self.poll.stop()

    def _on_events(self, poll: object, events: int | None, error: int | None) -> None:
        """Has those woken whose events have happened; all of them after an error."""
        woken = False
        for wake, wanted in self.waiting:
            if events is None or events & wanted:
                self.hub.ready.append(wake)
                woken = True
        if events is None:
            self.started = 0  # libuv has stopped the handle.
        elif not woken:
            wanted = 0 if self.closed else self._wanted()
            self._stop()
            if wanted:
                self.poll.start(wanted, self._on_events)
                self.started = wanted

    def close(self) -> None:
        """Closes the handle and wakes all who wait, on the thread of the loop."""
        self.closed = True
        if not self.poll.closed:
            self.poll.close()
        if self.hub.watchers.get(self.fd) is self:
            del self.hub.watchers[self.fd]
        for wake, _ in self.waiting:
            if wake is not None:
                self.hub.ready.append(wake)

    def _finish_close(self) -> None:
        """The last who waited is gone, and the descriptor may be closed."""
        if self.waiting:
            return
        if not self.poll.closed:
            self.poll.close()
        with closing:
            closer, self.closer = self.closer, None
        if closer is not None:
            closer.release()


def close_from(here: Hub | None, watchers: list[Watcher], fd: int) -> bool:
    """Ends all watching of a descriptor that is about to be closed by the thread whose hub is
    `here`. Returns whether other threads wait for it: then the last of them closes it."""
    closer = _Closer(fd)
    others = []
    with closing:
        for watcher in watchers:
            if watcher.hub is here:
                watcher.close()
                continue
            watcher.closed = True
            others.append(watcher)
            # An idle handle may still be started, which the close ends in the kernel.
            if watcher.waiting:
                watcher.closer = closer
                closer.threads += 1
        busy = closer.threads > 0
    for watcher in others:
        watcher.hub.post(watcher.close)
    return busy
