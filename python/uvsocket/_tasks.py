"""Tasks: functions that run in greenlets and wait for one another."""

from __future__ import annotations

import functools
import sys
import time
import traceback
from typing import Any, Callable, Iterable

from ._errors import Cancelled
from ._hub import Hub, existing_hub, greenlet_module, hub, is_of_parent


class _Waiters:
    """Those who wait for something to become true."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: list[tuple[Hub, Any]] = []

    def wait(
        self, is_true: Callable[[], bool], timeout: float | None, of_threads: bool = False
    ) -> bool:
        """Waits until `is_true()`, or for so many seconds. Returns what it is at the end.
        `of_threads`: another thread may make it true, so this is no deadlock."""
        end = None if timeout is None else time.monotonic() + timeout
        while not is_true():
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                break
            here = hub()
            waker = here.waker()
            waiter = (here, waker)
            self._all.append(waiter)
            here.count_waiting(of_threads)
            try:
                if not is_true():
                    here.pause(waker, left)
            finally:
                here.count_waiting(-of_threads)
                self._all.remove(waiter)
        return is_true()

    def wake(self) -> None:
        """Wakes all of them soon, whatever their threads."""
        here = existing_hub()
        for waiter_hub, waker in list(self._all):
            if waiter_hub is here or here is not None and is_of_parent(waiter_hub):
                if waker is not None:
                    here.ready.append(waker)
            elif waker is None:
                waiter_hub.post(_nothing)
            else:
                waiter_hub.post(functools.partial(waiter_hub.ready.append, waker))


def _nothing() -> None:
    """What is posted to a hub only to end its turn."""


class Task:
    """A function that runs in a greenlet of its own."""

    __slots__ = ("_hub", "_greenlet", "_function", "_result", "_error", "_state", "_waiters", "_asked", "__weakref__")

    def __init__(self, hub: Hub, function: Callable[[], Any]) -> None:
        self._hub = hub
        self._function: Callable[[], Any] | None = function
        self._result: Any = None
        self._error: BaseException | None = None
        self._state = "new"
        self._waiters = _Waiters()
        self._asked = False
        self._greenlet = greenlet_module().greenlet(self._run, hub.greenlet)
        hub.ready.append(self._greenlet.switch)

    def _run(self, *_: object) -> None:
        function, self._function = self._function, None
        if function is None:
            return  # It was cancelled before it began.
        self._state = "running"
        try:
            self._result = function()
            self._state = "done"
        except Cancelled as error:
            self._error, self._state = error, "cancelled"
        except greenlet_module().GreenletExit:
            self._error, self._state = Cancelled("the task's greenlet was ended"), "cancelled"
        except (KeyboardInterrupt, SystemExit) as error:
            self._error, self._state, self._asked = error, "done", True
            self._hub.raise_in_main(error)
        except BaseException as error:
            self._error, self._state = error, "done"
        finally:
            self._waiters.wake()

    def done(self) -> bool:
        """Whether it has returned, raised or been cancelled."""
        return self._state in ("done", "cancelled")

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._state == "cancelled"

    def cancel(self) -> bool:
        """Raises :class:`Cancelled` in the task, at the call in which it waits; a task that has
        not begun does not begin. Returns false if it is done already."""
        if self.done():
            return False
        if self._state == "new":
            self._error, self._state = Cancelled("the task was cancelled"), "cancelled"
            self._function = None
            self._waiters.wake()
        elif existing_hub() is self._hub:
            self._hub.ready.append(self._throw)
        else:
            self._hub.post(functools.partial(self._hub.ready.append, self._throw))
        return True

    def _throw(self) -> None:
        if not self.done():
            self._greenlet.throw(Cancelled("the task was cancelled"))

    def join(self, timeout: float | None = None) -> bool:
        """Waits until the task is done, or for so many seconds. Returns whether it is done."""
        elsewhere = existing_hub() is not self._hub
        return self._waiters.wait(self.done, timeout, elsewhere and timeout is not None)

    def result(self, timeout: float | None = None) -> Any:
        """Waits as :meth:`join` does, and returns what the function has returned or raises what
        it has raised; TimeoutError after so many seconds."""
        error = self.exception(timeout)
        if error is not None:
            raise error
        return self._result

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Waits as :meth:`join` does, and returns what the function has raised, or None;
        raises TimeoutError after so many seconds."""
        if not self.join(timeout):
            raise TimeoutError("the task is not done")
        self._asked = True
        return self._error

    def __del__(self) -> None:
        error = getattr(self, "_error", None)
        if error is not None and not self._asked and self._state == "done":
            print("a task has raised, and its result was not asked for:", file=sys.stderr)
            traceback.print_exception(type(error), error, error.__traceback__)

    def __repr__(self) -> str:
        return f"<uvsocket.Task {self._state} at {id(self):#x}>"


class Event:
    """Something that greenlets and threads wait for."""

    __slots__ = ("_set", "_waiters")

    def __init__(self) -> None:
        self._set = False
        self._waiters = _Waiters()

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._set

    def set(self) -> None:
        """Sets it and wakes all who wait for it."""
        self._set = True
        self._waiters.wake()

    def clear(self) -> None:
        """Takes the setting back."""
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until it is set, or for so many seconds. Returns whether it is set. Without a
        timeout, raises :class:`Deadlock` if nothing is left in this thread that could set it:
        who waits for another thread says for how long."""
        return self._waiters.wait(self.is_set, timeout, timeout is not None)


def spawn(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Task:
    """Runs `function(*args, **kwargs)` in a greenlet, which begins when the caller next waits.
    Needs the package greenlet. From then on all waits of this thread run its other greenlets."""
    import greenlet  # noqa: F401  ImportError says what is missing

    here = hub()
    here.make_greenlet()
    return Task(here, (lambda: function(*args, **kwargs)) if args or kwargs else function)


def sleep(seconds: float) -> None:
    """Waits for so many seconds while the loop runs; 0 lets the others run that are ready."""
    if not seconds >= 0:
        raise ValueError("sleep length must be non-negative")
    hub().sleep(seconds)


def wait(
    tasks: Iterable[Task], timeout: float | None = None
) -> tuple[list[Task], list[Task]]:
    """Waits until all tasks are done, or for so many seconds. Returns those that are done and
    those that are not."""
    tasks = list(tasks)
    end = None if timeout is None else time.monotonic() + timeout
    for task in tasks:
        if not task.join(None if end is None else max(0.0, end - time.monotonic())):
            break
    return [task for task in tasks if task.done()], [task for task in tasks if not task.done()]
