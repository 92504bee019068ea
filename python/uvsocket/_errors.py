"""What uvsocket raises beside the exceptions of the socket module."""

from __future__ import annotations


class Deadlock(RuntimeError):
    """Raised in the main greenlet when it waits and nothing is left that could wake it: no
    socket, timer or request is active, and no other greenlet is ready to run."""


class WouldDeadlock(RuntimeError):
    """Raised by a blocking call in a callback of the loop that would have to run for it."""


class Cancelled(BaseException):
    """Raised in a task at the call in which it waits, by :meth:`Task.cancel`. Not an
    ``Exception``, so that code which handles errors does not swallow it."""
