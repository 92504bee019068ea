"""Tasks: functions that run in greenlets and wait for one another."""

from __future__ import annotations

import sys
import time
import traceback
from typing import Any, Callable, Iterable

from ._errors import Cancelled
from ._hub import Hub, greenlet_module, hub


class _Waiters:
    """The greenlets that wait for something to become true."""

    __slots__ = ("_wakers",)

    def __init__(self) -> None:
        self._wakers: list[Any] = []

    def wait(self, hub: Hub, is_true: Callable[[], bool], timeout: float | None) -> bool:
        """Waits until `is_true()`, or for so many seconds. Returns what it is at the end."""
        end = None if timeout is None else time.monotonic() + timeout
        waker = hub.waker()
        self._wakers.append(waker)
        try:
            while not is_true():
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    break
                hub.pause(left)
        finally:
            self._wakers.remove(waker)
        return is_true()

    def wake(self, hub: Hub) -> None:
        """Wakes all of them soon."""
        hub.ready.extend(waker for waker in self._wakers if waker is not None)


def _raiser(error: BaseException) -> Callable[[], object]:
    """What raises an error in the hub's greenlet, which passes it on to the main greenlet."""

    def throw() -> None:
        raise error

    return throw


class Task:
    """A function that runs in a greenlet of its own."""

    __slots__ = ("_hub", "_greenlet", "_function", "_result", "_error", "_state", "_waiters", "_asked")

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
        try:
            if function is not None and self._state == "new":
                self._state = "running"
                self._result = function()
            self._state = "done"
        except Cancelled as error:
            self._error, self._state = error, "cancelled"
        except greenlet_module().GreenletExit:
            self._error, self._state = Cancelled("the task's greenlet was ended"), "cancelled"
        except (KeyboardInterrupt, SystemExit) as error:
            self._error, self._state = error, "done"
            self._hub.ready.append(_raiser(error))
        except BaseException as error:
            self._error, self._state = error, "done"
        finally:
            self._waiters.wake(self._hub)

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
            self._waiters.wake(self._hub)
        else:
            self._hub.ready.append(self._throw)
        return True

    def _throw(self) -> None:
        if not self.done():
            self._greenlet.throw(Cancelled("the task was cancelled"))

    def join(self, timeout: float | None = None) -> bool:
        """Waits until the task is done, or for so many seconds. Returns whether it is done."""
        return self._waiters.wait(self._hub, self.done, timeout)

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
            print("a task has raised what nobody has asked for:", file=sys.stderr)
            traceback.print_exception(type(error), error, error.__traceback__)

    def __repr__(self) -> str:
        return f"<uvsocket.Task {self._state} at {id(self):#x}>"


class Event:
    """Something that greenlets of one thread wait for."""

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
        self._waiters.wake(hub())

    def clear(self) -> None:
        """Takes the setting back."""
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until it is set, or for so many seconds. Returns whether it is set. Raises
        :class:`Deadlock` if nothing is left that could set it."""
        return self._waiters.wait(hub(), self.is_set, timeout)


def spawn(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Task:
    """Runs `function(*args, **kwargs)` in a greenlet, which begins when the caller next waits.
    Needs the package greenlet. From then on all waits of this thread run its other greenlets."""
    import greenlet  # noqa: F401  ImportError says what is missing

    here = hub()
    here.make_greenlet()
    return Task(here, (lambda: function(*args, **kwargs)) if args or kwargs else function)


def sleep(seconds: float) -> None:
    """Waits for so many seconds while the loop runs; 0 lets the others run that are ready."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    hub().sleep(seconds)


def wait(tasks: Iterable[Task], timeout: float | None = None) -> bool:
    """Waits until all tasks are done, or for so many seconds. Returns whether all are done."""
    end = None if timeout is None else time.monotonic() + timeout
    for task in list(tasks):
        left = None if end is None else max(0.0, end - time.monotonic())
        if not task.join(left):
            return False
    return True
