"""The module select whose calls let the loop run; everything else is the real module's."""

from __future__ import annotations

import select as _select
import time
from typing import Any, Iterable

from ._hub import hub
from ._watcher import READ, Watcher

_real_select = _select.select
_real_poll = _select.poll
_monotonic = time.monotonic


def __getattr__(name: str) -> Any:
    return getattr(_select, name)


def _descriptor(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())


class _Set:
    """Descriptors that are watched by an epoll set, which the loop watches in their place.

    A Poll handle of their own would make them non-blocking, and they may be shared with other
    programs. The set is edge-triggered: after each wait the caller looks for what is ready.
    """

    def __init__(self, masks: dict[int, int]) -> None:
        self._hub = hub()
        spare = self._hub.spare_sets
        epoll, watcher = spare.pop() if spare else self._new()
        self._epoll: _select.epoll = epoll
        self._watcher: Watcher = watcher
        self._registered: list[int] = []
        for fd, mask in masks.items():
            try:
                self._epoll.register(fd, mask | _select.EPOLLET)
                self._registered.append(fd)
            except OSError:
                pass  # A regular file, which is always ready, or a number that is no descriptor.

    def _new(self) -> tuple[_select.epoll, Watcher]:
        made = _select.epoll()
        return made, self._hub.watcher(made.fileno())

    def wait(self, timeout: float | None) -> None:
        """Waits until something has happened, or for so many seconds. May return early."""
        self._watcher.wait(READ, timeout)
        self._epoll.poll(0)

    def __enter__(self) -> _Set:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self._registered:
            try:
                self._epoll.unregister(fd)
            except OSError:
                pass  # It was closed meanwhile.
        if self._watcher.closed:
            return
        self._hub.spare_sets.append((self._epoll, self._watcher))


def select(
    rlist: Iterable[Any], wlist: Iterable[Any], xlist: Iterable[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """As ``select.select``."""
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    end = None if timeout is None else _monotonic() + timeout
    ready = _real_select(rlist, wlist, xlist, 0)
    if any(ready) or timeout == 0:
        return ready
    masks: dict[int, int] = {}
    for files, mask in (
        (rlist, _select.EPOLLIN),
        (wlist, _select.EPOLLOUT),
        (xlist, _select.EPOLLPRI),
    ):
        for file in list(files):
            fd = _descriptor(file)
            masks[fd] = masks.get(fd, 0) | mask
    if not masks:
        if timeout is None:
            return _real_select(rlist, wlist, xlist)
        hub().sleep(timeout)
        return [], [], []
    with _Set(masks) as watched:
        while True:
            ready = _real_select(rlist, wlist, xlist, 0)
            left = None if end is None else end - _monotonic()
            if any(ready) or left is not None and left <= 0:
                return ready
            watched.wait(left)


class Poll:
    """What :func:`poll` returns."""

    def __init__(self) -> None:
        self._poll = _real_poll()
        self._events: dict[int, int] = {}

    def register(
        self, fd: Any, eventmask: int = _select.POLLIN | _select.POLLPRI | _select.POLLOUT
    ) -> None:
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
        ready = self._poll.poll(0)
        if ready or timeout == 0:
            return ready
        with _Set(self._events) as watched:
            while True:
                ready = self._poll.poll(0)
                left = None if end is None else end - _monotonic()
                if ready or left is not None and left <= 0:
                    return ready
                watched.wait(left)


def poll() -> Poll:
    """As ``select.poll``."""
    return Poll()
