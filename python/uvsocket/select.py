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
    others = _select.epoll()
    try:
        watched = False
        for fd, events in descriptors:
            known = here.watchers.get(fd)
            if known is not None and not known.closed:
                _begin(here.watcher(fd), (waker, events), begun)
            else:
                # A Poll handle would make the descriptor non-blocking, and it may be shared
                # with other programs. An epoll set of ours is watched in its place.
                others.register(fd, _EPOLL[events])
                watched = True
        if watched:
            _begin(here.watcher(others.fileno()), (waker, READ), begun)
        if begun:
            here.pause(timeout)
        else:
            here.sleep(0.0 if timeout is None else timeout)
    finally:
        for watcher, entry in begun:
            watcher.end(entry)
        of_others = here.watchers.get(others.fileno())
        if of_others is not None:
            of_others.close()
        others.close()


_EPOLL = {
    READ: _select.EPOLLIN | _select.EPOLLPRI,
    WRITE: _select.EPOLLOUT,
    READ | WRITE: _select.EPOLLIN | _select.EPOLLPRI | _select.EPOLLOUT,
}


def _begin(
    watcher: Watcher, entry: tuple[Any, int], begun: list[tuple[Watcher, tuple[Any, int]]]
) -> None:
    watcher.begin(entry)
    begun.append((watcher, entry))


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
