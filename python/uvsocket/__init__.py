"""Python's module socket on libuv's loop.

The names are those of the module ``socket``, so this package can stand where that module does.
What blocks there lets a pyuv loop run here: either the caller turns the loop until its answer is
there, or, in greenlets, the others run meanwhile. See README.md for how to choose.
"""

from __future__ import annotations

import socket as _module
from socket import *  # noqa: F401,F403
from typing import Any

import pyuv as _pyuv

from . import select, selectors, ssl
from ._errors import Cancelled, Deadlock, WouldDeadlock
from ._hub import hub as _hub
from ._patch import patch, patched, unpatch
from ._resolve import gethostbyaddr, gethostbyname, gethostbyname_ex, getaddrinfo, getnameinfo
from ._socket import (
    create_connection,
    create_server,
    fromfd,
    getfqdn,
    has_dualstack_ipv6,
    socket,
    socketpair,
)
from ._tasks import Event, Task, sleep, spawn, wait

__version__ = "0.1.0"


def loop() -> _pyuv.Loop:
    """The loop of this thread: the default loop in the main thread, another one elsewhere."""
    return _hub().loop


def __getattr__(name: str) -> Any:
    return getattr(_module, name)


__all__ = [
    *_module.__all__,
    "Cancelled",
    "Deadlock",
    "Event",
    "Task",
    "WouldDeadlock",
    "loop",
    "patch",
    "patched",
    "select",
    "selectors",
    "sleep",
    "spawn",
    "ssl",
    "unpatch",
    "wait",
]
