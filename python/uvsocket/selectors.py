"""The module selectors whose selectors let the loop run; everything else is the real module's."""

from __future__ import annotations

import math
import selectors as _selectors
from typing import Any

from . import select as _select


def __getattr__(name: str) -> Any:
    return getattr(_selectors, name)


class SelectSelector(_selectors.SelectSelector):
    """As ``selectors.SelectSelector``."""

    def _select(self, *args: Any) -> Any:
        return _select.select(*args)


class PollSelector(_selectors.PollSelector):
    """As ``selectors.PollSelector``."""

    _selector_cls = _select.Poll


class EpollSelector(_selectors.EpollSelector):
    """As ``selectors.EpollSelector``: waits until its epoll descriptor is readable."""

    def select(self, timeout: float | None = None) -> Any:
        """Waits for so many seconds, for ever if that is None, not at all if not positive."""
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            milliseconds = None if timeout is None else math.ceil(timeout * 1e3)
            waiter = _select.Poll()
            waiter.register(self.fileno(), _select.POLLIN)
            waiter.poll(milliseconds)
            ready = super().select(0)
        return ready


DefaultSelector = EpollSelector
