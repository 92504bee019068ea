"""What wakes a greenlet that waits."""

from __future__ import annotations

from typing import Callable

import pyuv


class Waker:
    """Wakes a greenlet that waits, when the hub calls it. After the wait it does nothing."""

    __slots__ = ("_switch", "live")

    def __init__(self, switch: Callable[[], object]) -> None:
        self._switch = switch
        self.live = True

    def __call__(self) -> None:
        if self.live:
            self._switch()


class Timer(pyuv.Timer):
    """A timer, and what wakes the greenlet whose wait it ends."""

    wake: Callable[[], object]
