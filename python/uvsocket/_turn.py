"""One turn of a loop that waits for at most so long.

libuv-rs has a function for this, ``uvx_run_for``, which is called by ctypes. On libuv, which has
not, a timer ends the wait; its resolution is a millisecond.
"""

from __future__ import annotations

import ctypes
import math
from typing import Callable, Optional

import pyuv

#: Turns a loop; the argument is the longest wait in seconds, None for no limit.
Turn = Callable[[Optional[float]], None]

_FOREVER = 2**64 - 1
_WORD = ctypes.sizeof(ctypes.c_void_p)


def turn_of(loop: pyuv.Loop) -> Turn:
    """The function that turns this loop."""
    address = _address_of(loop) if _run_for is not None else None
    return _timed(loop) if address is None else _exact(address)


def _exact(address: int) -> Turn:
    run_for = _run_for
    assert run_for is not None

    def turn(seconds: float | None) -> None:
        if seconds is None:
            run_for(address, _FOREVER)
        else:
            run_for(address, max(0, math.ceil(min(seconds, 1e9) * 1e9)))

    return turn


def _timed(loop: pyuv.Loop) -> Turn:
    limit = pyuv.Timer(loop)
    limit.ref = False
    run = loop.run  # The hub puts another function in its place.

    def turn(seconds: float | None) -> None:
        if seconds is None:
            run(pyuv.UV_RUN_ONCE)
        elif seconds <= 0:
            run(pyuv.UV_RUN_NOWAIT)
        else:
            # `id` is called with the timer. No Python code runs in the loop, so a signal's
            # handler runs after the turn, where it may raise.
            limit.start(id, rounded(seconds), 0.0)
            run(pyuv.UV_RUN_ONCE)
            limit.stop()

    return turn


def rounded(seconds: float) -> float:
    """A time for pyuv.Timer, which counts whole milliseconds, not shorter than `seconds`."""
    # Half a millisecond more, because pyuv rounds the product with 1000 down.
    return (math.ceil(min(max(seconds, 0.0), 1e9) * 1e3) + 0.5) / 1e3


def _find_run_for() -> Callable[[int, int], int] | None:
    """``uvx_run_for`` of the library that pyuv is linked with; None on libuv."""
    try:
        run_for = _uv.uvx_run_for
    except AttributeError:
        return None
    run_for.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    run_for.restype = ctypes.c_int
    found: Callable[[int, int], int] = run_for
    return found


def _find_offset() -> int | None:
    """Where a pyuv.Loop keeps the pointer to its ``uv_loop_t``, told by the default loop."""
    try:
        default_loop = _uv.uv_default_loop
    except AttributeError:
        return None
    default_loop.restype = ctypes.c_void_p
    loop = pyuv.Loop.default_loop()
    wanted = default_loop()
    for offset in range(0, type(loop).__basicsize__ - _WORD + 1, _WORD):
        if _word_at(id(loop) + offset) == wanted:
            return offset
    return None


def _address_of(loop: pyuv.Loop) -> int | None:
    """The address of a loop's ``uv_loop_t``, or None if it cannot be told for certain."""
    if _offset is None:
        return None
    address = _word_at(id(loop) + _offset)
    # pyuv stores the Loop object in `data`, which is the first field of uv_loop_t.
    return address if address and _word_at(address) == id(loop) else None


def _word_at(address: int) -> int | None:
    return ctypes.c_void_p.from_address(address).value


_uv = ctypes.CDLL(pyuv._cpyuv.__file__)
_run_for = _find_run_for()
_offset = _find_offset() if _run_for is not None else None
