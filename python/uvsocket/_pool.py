"""Calls on the threads of libuv's pool."""

from __future__ import annotations

from typing import Any, Callable

from ._hub import hub
from ._waker import Waker


def run_in_pool(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Calls a function on a thread of libuv's pool, and waits for its result while the loop
    runs. Returns what it returns, raises what it raises."""
    here = hub()
    results: list[tuple[Any, BaseException | None]] = []

    def work() -> None:
        try:
            results.append((function(*args, **kwargs), None))
        except BaseException as error:
            results.append((None, error))

    # Who waits may begin by turning the loop and go on in a greenlet.
    waiting: list[Waker | None] = [here.waker()]

    def done(_: object) -> None:
        if waiting and waiting[0] is not None:
            here.ready.append(waiting[0])

    here.loop.queue_work(work, done)
    here.in_pool.append(waiting)
    try:
        while not results:
            here.pause(waiting[0])
            waiting[0] = here.waker()
    finally:
        here.in_pool.remove(waiting)
        waiting.clear()
    result, error = results.pop()
    if error is not None:
        try:
            raise error
        finally:
            del error
    return result
