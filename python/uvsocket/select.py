"""The module select whose calls let the loop run; everything else is the real module's."""

from __future__ import annotations

import select as _select
import time
from typing import Any, Iterable

from ._hub import hub
from ._watcher import READ, WRITE, Watcher

_real_select = _select.select
_real_poll = _select.poll
_monotonic = time.monotonic

#: How often a descriptor that the loop cannot watch is looked at, in seconds.
_SLICE = 0.01


def __getattr__(name: str) -> Any:
    return getattr(_select, name)


def _descriptor(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())


def wait_for(descriptors: Iterable[tuple[int, int]], timeout: float | None) -> None:
    """Waits until one of the descriptors may have one of its events (READ, WRITE), or for so
    many seconds. May return early."""
    here = hub()
    waker = here.waker()
    begun: list[tuple[Watcher, tuple[Any, int]]] = []
    temporary: list[Watcher] = []
    try:
        for fd, events in descriptors:
            known = here.watchers.get(fd)
            try:
                watcher = here.watcher(fd)
                if watcher is not known:
                    temporary.append(watcher)
                entry = (waker, events)
                watcher.begin(entry)
                begun.append((watcher, entry))
            except OSError:
                timeout = _SLICE if timeout is None else min(timeout, _SLICE)
        if begun:
            here.pause(timeout)
        else:
            here.sleep(0.0 if timeout is None else timeout)
    finally:
        for watcher, entry in begun:
            watcher.end(entry)
        for watcher in temporary:
            # The descriptor is not a socket of ours, which would say when it is closed.
            if not watcher.waiting:
                watcher.close()


def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """As ``select.select``."""
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    end = None if timeout is None else _monotonic() + timeout
    while True:
        ready = _real_select(rlist, wlist, xlist, 0)
        left = None if end is None else end - _monotonic()
        if any(ready) or left is not None and left <= 0:
            return ready
        wanted: dict[int, int] = {}
        for files, event in (rlist, READ), (wlist, WRITE), (xlist, READ):
            for file in list(files):
                fd = _descriptor(file)
                wanted[fd] = wanted.get(fd, 0) | event
        if not wanted and left is None:
            return _real_select(rlist, wlist, xlist)
        wait_for(wanted.items(), left)


class Poll:
    """What :func:`poll` returns."""

    def __init__(self) -> None:
        self._poll = _real_poll()
        self._events: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = _select.POLLIN | _select.POLLPRI | _select.POLLOUT) -> None:
        """Adds a descriptor, or changes what it is watched for."""
        self._poll.register(fd, eventmask)
        self._events[_descriptor(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int) -> None:
        """Changes what a descriptor is watched for; ENOENT if it was not added."""
        self._poll.modify(fd, eventmask)
        self._events[_descriptor(fd)] = eventmask

    def unregister(self, fd: Any) -> None:
        """Removes a descriptor; KeyError if it was not added."""
        self._poll.unregister(fd)
        self._events.pop(_descriptor(fd), None)

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        """Waits for so many milliseconds, or for ever if that is None or negative."""
        end = None if timeout is None or timeout < 0 else _monotonic() + timeout / 1000
        while True:
            ready = self._poll.poll(0)
            left = None if end is None else end - _monotonic()
            if ready or left is not None and left <= 0:
                return ready
            wait_for([(fd, _of_poll(mask)) for fd, mask in self._events.items()], left)


def poll() -> Poll:
    """As ``select.poll``."""
    return Poll()


def _of_poll(mask: int) -> int:
    events = WRITE if mask & _select.POLLOUT else 0
    # Errors and hang-ups are reported whatever is asked for.
    return events | (READ if mask & (_select.POLLIN | _select.POLLPRI) or not events else 0)
