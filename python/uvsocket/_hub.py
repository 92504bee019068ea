"""The loop of a thread, and the two ways to wait for it.

A *hub* belongs to one thread and has one loop. Who waits either **turns the loop** until its
answer is there, or, in greenlets, **switches to the hub's greenlet**, which turns the loop and
switches back when there is something to do. The second way is taken as soon as the thread has a
hub greenlet: :func:`spawn` makes it, and so does the first wait in any greenlet but the main one.

Callbacks of the loop only note who is to be woken; the hub's greenlet switches after the turn.
A loop keeps pointers to the stack while it runs, and greenlets move the stack.
"""

from __future__ import annotations

import collections
import os
import sys
import threading
import time
import weakref
from typing import Any, Callable

import pyuv

from . import _turn
from ._errors import Deadlock, WouldDeadlock
from ._signals import Signals
from ._watcher import Watcher, close_from

_sleep = time.sleep

_local = threading.local()
_hubs: weakref.WeakSet[Hub] = weakref.WeakSet()
#: Hubs of a parent process: their loops share its epoll descriptors and are not touched.
_of_parent: list[Hub] = []
#: Whether this process was forked from one that had imported this module. Its default loop may
#: be the parent's.
_is_child = False

#: How long a turn lasts at most, in seconds, where a signal cannot end it.
_SLICE = 0.1


def hub() -> Hub:
    """The hub of this thread, made when it is first needed."""
    try:
        found: Hub = _local.hub
    except AttributeError:
        found = _local.hub = Hub()
        _local.end = _ThreadEnd(found)
    return found


def existing_hub() -> Hub | None:
    """The hub of this thread, if it has one."""
    return getattr(_local, "hub", None)


def close_descriptor(fd: int) -> bool:
    """Ends all watching of a descriptor that is about to be closed. Returns whether other
    threads wait for it: then the last of them closes it, and the caller must not."""
    watchers = [found for each in list(_hubs) if (found := each.watchers.get(fd)) is not None]
    return bool(watchers) and close_from(existing_hub(), watchers, fd)


def is_of_parent(hub: Hub) -> bool:
    """Whether a hub belongs to the process from which this one was forked."""
    return hub in _of_parent


def greenlet_module() -> Any:
    """The module greenlet if the program has imported it, else None."""
    return sys.modules.get("greenlet")


class _ThreadEnd:
    """Closes a hub when its thread ends and drops what is local to it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._process = os.getpid()

    def __del__(self) -> None:
        # A forked child drops what is local to the parent's threads before `_after_fork_in_child`.
        if os.getpid() != self._process:
            _of_parent.append(self._hub)
        elif not sys.is_finalizing():
            self._hub.close()


class Hub:
    """A thread's loop, its watchers, and who is to be woken."""

    def __init__(self) -> None:
        self.is_main = threading.current_thread() is threading.main_thread()
        of_program = self.is_main and not _is_child
        self.loop = pyuv.Loop.default_loop() if of_program else pyuv.Loop()
        self.turn_loop = _turn.turn_of(self.loop)
        #: The watcher of each descriptor that this loop has ever watched and that is open.
        self.watchers: dict[int, Watcher] = {}
        #: The greenlet that runs the loop; None as long as who waits turns the loop.
        self.greenlet: Any = None
        self.main: Any = None
        self._getcurrent: Any = None
        self._waiting = 0
        #: What the hub's greenlet calls before it turns the loop again: mostly the `switch` of
        #: greenlets that are woken. One that does not wait any more is woken too early.
        self.ready: collections.deque[Callable[[], object]] = collections.deque()
        self._expired: collections.deque[_Timer] = collections.deque()
        self._timers: list[_Timer] = []
        self._turning = False
        self._raised: BaseException | None = None
        self._posted: collections.deque[Callable[[], object]] = collections.deque()
        self._async = pyuv.Async(self.loop, self._on_async)
        self._async.ref = False
        self._signals = Signals(self.loop) if self.is_main else None
        self.loop.excepthook = self._on_exception
        _hubs.add(self)

    # Watching descriptors.

    def watcher(self, fd: int) -> Watcher:
        """The watcher of a descriptor."""
        if self._posted:
            self._run_posted()
        found = self.watchers.get(fd)
        if found is None or found.closed:
            found = self.watchers[fd] = Watcher(self, fd)
        return found

    def has_posts(self) -> bool:
        """Whether other threads have asked for something that is not done yet."""
        return bool(self._posted)

    # Waiting.

    def waker(self) -> Any:
        """What wakes the caller, who then calls :meth:`pause`: to be appended to ``ready``. None
        for who turns the loop."""
        if self.greenlet is None and not self.is_green():
            return None
        current = self._getcurrent()
        if current is self.greenlet:
            raise WouldDeadlock("a callback of the loop cannot wait for the loop")
        return current.switch

    def count_waiting(self, change: int) -> None:
        """Counts those who wait for descriptors or other threads, for whom the loop must stay
        alive."""
        before = self._waiting
        self._waiting = before + change
        if not before or not self._waiting:
            self._async.ref = self._waiting > 0

    def is_green(self) -> bool:
        """Whether the caller waits by switching to the hub's greenlet."""
        if self.greenlet is None:
            greenlet = greenlet_module()
            if greenlet is None or greenlet.getcurrent().parent is None:
                return False
            self.make_greenlet()
        return True

    def make_greenlet(self) -> None:
        """From now on the waits of this thread switch to a greenlet that runs the loop."""
        if self.greenlet is not None:
            return
        greenlet = greenlet_module()
        main = greenlet.getcurrent()
        while main.parent is not None:
            main = main.parent
        self.main = main
        self._getcurrent = greenlet.getcurrent
        self.greenlet = greenlet.greenlet(self._run, main)
        if self._signals is not None:
            self._signals.listen(self.on_signal)

    def pause(self, timeout: float | None = None) -> None:
        """Lets the loop run until the caller's waker is called, or for so many seconds. May
        return early."""
        if self.greenlet is None:
            self._turn(timeout)
            return
        if timeout is None:
            self.greenlet.switch()
            return
        current = self._getcurrent()
        if current is self.greenlet:
            raise WouldDeadlock("a callback of the loop cannot wait for the loop")
        timer = self._timers.pop() if self._timers else _Timer(self.loop)
        timer.wake = current.switch
        timer.start(self._expired.append, _turn.rounded(timeout), 0.0)
        try:
            self.greenlet.switch()
        finally:
            timer.stop()
            self._timers.append(timer)

    def _turn(self, timeout: float | None) -> None:
        """One turn of the loop, for the thread's only greenlet."""
        if self._turning:
            raise WouldDeadlock("a callback of the loop cannot wait for the loop")
        if not self.loop.alive:
            if timeout is None:
                raise Deadlock("nothing is left that could end this wait")
            _sleep(max(timeout, 0.0))
            return
        if self._signals is not None and not self._signals.listen(slice):
            timeout = _SLICE if timeout is None else min(timeout, _SLICE)
        self._turning = True
        try:
            self.turn_loop(timeout)
        finally:
            self._turning = False
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised

    def _run(self, *_woken_with: object) -> None:
        """The hub's greenlet. Whoever is woken comes back by switching to it."""
        ready, expired, run = self.ready, self._expired, self.loop.run
        once, nowait = pyuv.UV_RUN_ONCE, pyuv.UV_RUN_NOWAIT
        ended = greenlet_module().GreenletExit
        while True:
            try:
                # Not those that are added meanwhile: the loop comes first.
                for _ in range(len(ready)):
                    ready.popleft()()
                while expired:
                    expired.popleft().wake()
                self._throw()
                if not self.loop.alive and not ready:
                    raise Deadlock("nothing is left that could wake a greenlet")
                run(nowait if ready else once)
            except ended:
                raise
            except BaseException as error:
                # Of a signal's handler, mostly. The main greenlet waits, as all others do.
                self._raised = error

    def _throw(self) -> None:
        """Throws what is to be raised in the main greenlet."""
        if self._raised is not None:
            raised, self._raised = self._raised, None
            self.main.throw(raised)

    def sleep(self, seconds: float) -> None:
        """Waits for so many seconds while the loop runs."""
        end = time.monotonic() + seconds
        waker = self.waker()
        if waker is not None:
            # A sleep of 0 lets all others run that are ready.
            if seconds <= 0:
                self.ready.append(waker)
                self.pause()
                return
            while (left := end - time.monotonic()) > 0:
                hub().pause(left)  # Of another process perhaps, by now.
            return
        while (left := end - time.monotonic()) > 0 and self.loop.alive:
            self.pause(left)
        _sleep(max(0.0, end - time.monotonic()))

    # What callbacks raise.

    def _on_exception(self, kind: type, value: BaseException | None, traceback: Any) -> None:
        """pyuv calls this with an exception that a callback has raised. What a signal's handler
        raises is for the main greenlet, and so is what ends the program."""
        of_handler = traceback is not None and traceback.tb_frame.f_code is _ON_SIGNAL
        if of_handler or issubclass(kind, (KeyboardInterrupt, SystemExit)):
            self._raised = value if value is not None else kind()
        else:
            pyuv.Loop.excepthook(self.loop, kind, value, traceback)

    def on_signal(self, poll: object, events: object, error: object) -> None:
        """A signal has come. Python calls its handler while this runs."""
        if self._signals is not None:
            self._signals.drain()

    # What others ask of this loop.

    def post(self, function: Callable[[], object]) -> None:
        """Calls a function on the loop's thread; any thread may post."""
        self._posted.append(function)
        try:
            self._async.send()
        except (AttributeError, pyuv.error.UVError):
            pass  # The hub is closed: its thread has ended.

    def _on_async(self, _: object) -> None:
        self._run_posted()

    def _run_posted(self) -> None:
        while self._posted:
            self._posted.popleft()()

    def run_in_pool(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls a function on a thread of libuv's pool and waits for its result."""
        results: list[tuple[Any, BaseException | None]] = []

        def work() -> None:
            try:
                results.append((function(*args, **kwargs), None))
            except BaseException as error:
                results.append((None, error))

        # Who waits may begin by turning the loop and go on in a greenlet.
        waker: list[Any] = [self.waker()]

        def done(_: object) -> None:
            if waker and waker[0] is not None:
                self.ready.append(waker[0])

        self.loop.queue_work(work, done)
        try:
            while not results:
                self.pause()
                waker[0] = self.waker()
        finally:
            waker.clear()
        result, error = results.pop()
        if error is not None:
            try:
                raise error
            finally:
                del error
        return result

    # The end.

    def close(self) -> None:
        """Closes all handles and the loop, whose thread ends."""
        _hubs.discard(self)
        if self.greenlet is not None:
            self.greenlet.throw()
            self.greenlet = self.main = None
        self.watchers.clear()
        if self.loop.default:
            return
        for handle in self.loop.handles:
            if not handle.closed:
                handle.close()
        self.loop.run()
        # The loop is closed when nothing refers to it any more.
        del self.loop.excepthook, self.loop, self.turn_loop, self._async
        self._timers.clear()
        self._expired.clear()


_ON_SIGNAL = Hub.on_signal.__code__


class _Timer(pyuv.Timer):
    """A timer, and what wakes the greenlet whose wait it ends."""

    wake: Callable[[], object]


def _after_fork_in_child() -> None:
    """The child's loops are new: those of the parent share its epoll descriptors."""
    global _is_child
    _is_child = True
    old = existing_hub()
    _of_parent.extend(_hubs)
    _hubs.clear()
    _local.__dict__.clear()
    if old is None:
        return
    if old._signals is not None:
        old._signals.forget()
    if old.greenlet is not None:
        new = hub()
        new.make_greenlet()
        current = greenlet_module().getcurrent()
        if current.parent is old.greenlet:
            current.parent = new.greenlet


os.register_at_fork(after_in_child=_after_fork_in_child)
