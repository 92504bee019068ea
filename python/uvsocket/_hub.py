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
from typing import Any, Callable

import pyuv

from . import _turn
from ._errors import Deadlock, WouldDeadlock
from ._signals import Signals
from ._waker import Timer, Waker
from ._watcher import Watcher, close_from

_sleep = time.sleep

_local = threading.local()
#: The hubs of this process by their ids. A copy of a dict is one step for other threads.
_hubs: dict[int, Hub] = {}
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
    watchers = [found for each in list(_hubs.values()) if (found := each.watchers.get(fd)) is not None]
    return bool(watchers) and close_from(existing_hub(), watchers, fd)


def is_of_parent(hub: Hub) -> bool:
    """Whether a hub belongs to the process from which this one was forked."""
    return hub in _of_parent


def greenlet_module() -> Any:
    """The module greenlet if the program has imported it, else None."""
    module = sys.modules.get("greenlet")
    # Another thread may be importing it.
    return module if hasattr(module, "getcurrent") else None


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
        is_main = threading.current_thread() is threading.main_thread()
        of_program = is_main and not _is_child
        self.loop = pyuv.Loop.default_loop() if of_program else pyuv.Loop()
        self.turn_loop = _turn.turn_of(self.loop)
        self._run_loop = self.loop.run
        self.loop.run = self._run_by_program
        #: The watcher of each descriptor that this loop has ever watched and that is open.
        self.watchers: dict[int, Watcher] = {}
        #: Epoll sets that no call of select or poll uses now, and their watchers.
        self.spare_sets: list[tuple[Any, Watcher]] = []
        #: The greenlet that runs the loop; None as long as who waits turns the loop.
        self.greenlet: Any = None
        self.main: Any = None
        self._getcurrent: Any = None
        self._waiting = 0
        #: What the hub's greenlet calls before it turns the loop again: mostly wakers.
        self.ready: collections.deque[Callable[[], object]] = collections.deque()
        self._expired: collections.deque[Timer] = collections.deque()
        self._timers: list[Timer] = []
        self._turning = False
        #: What is to be raised in the main greenlet.
        self._raised: collections.deque[BaseException] = collections.deque()
        #: The wakers of those who wait for the pool.
        self.in_pool: list[list[Waker | None]] = []
        self._posted: collections.deque[Callable[[], object]] = collections.deque()
        self._async = pyuv.Async(self.loop, self._on_async)
        self._async.ref = False
        self._signals = Signals(self.loop) if is_main else None
        self.loop.excepthook = self._on_exception
        _hubs[id(self)] = self

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

    def waker(self) -> Waker | None:
        """What wakes the caller, who then calls :meth:`pause` with it: to be appended to
        ``ready``. None for who turns the loop."""
        if self._turning:
            raise WouldDeadlock("a callback of the loop cannot wait for the loop")
        if self.greenlet is None and not self.is_green():
            return None
        current = self._getcurrent()
        if current is self.greenlet:
            raise WouldDeadlock("a callback of the loop cannot wait for the loop")
        return Waker(current.switch)

    def count_waiting(self, change: int) -> None:
        """Counts those who wait for descriptors or other threads: the loop must stay
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

    def pause(self, waker: Waker | None, timeout: float | None = None) -> None:
        """Lets the loop run until the waker is called, or for so many seconds. May return
        early."""
        if waker is None:
            self._turn(timeout)
            return
        timer = None
        if timeout is not None:
            timer = self._timers.pop() if self._timers else Timer(self.loop)
            timer.wake = waker
            timer.start(self._expired.append, _turn.rounded(timeout), 0.0)
        try:
            self._switch()
        finally:
            waker.live = False
            if timer is not None:
                timer.stop()
                self._timers.append(timer)

    def _turn(self, timeout: float | None) -> None:
        """One turn of the loop, for the thread's only greenlet."""
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
        if self._raised:
            raise self._raised.popleft()

    def _run(self, *_woken_with: object) -> None:
        """The hub's greenlet. Whoever is woken comes back by switching to it."""
        ended = greenlet_module().GreenletExit
        while True:
            try:
                self._step()
            except ended:
                raise
            except BaseException as error:
                # Of a signal's handler, mostly. The main greenlet waits, as all others do.
                self._raised.append(error)

    def _step(self) -> None:
        """Wakes all who are ready, and turns the loop."""
        ready, expired = self.ready, self._expired
        # Not those that are added meanwhile: the loop comes first. Each is removed after its
        # call, so that an exception of a signal's handler loses none.
        for _ in range(len(ready)):
            ready[0]()
            ready.popleft()
        while expired:
            expired[0].wake()
            expired.popleft()
        if self._raised:
            self.main.throw(self._raised.popleft())
        elif ready:
            self._run_loop(pyuv.UV_RUN_NOWAIT)
        elif self.loop.alive:
            self._wait_in_loop()
        else:
            self.main.throw(Deadlock("nothing is left that could wake a greenlet"))

    def _switch(self) -> None:
        """Lets the hub's greenlet run. A handler's exception ends that greenlet if it comes in
        the few steps that pass on another one; the main greenlet gets it, and the next who waits
        begins the hub's greenlet anew."""
        if self.greenlet.dead:
            self.greenlet = greenlet_module().greenlet(self._run, self.main)
        self.greenlet.switch()

    def _wait_in_loop(self) -> None:
        if self._signals is None or self._signals.listen(self.on_signal):
            self._run_loop(pyuv.UV_RUN_ONCE)
            return
        # A signal does not end the turn, so it must be short.
        timer = self._timers.pop() if self._timers else Timer(self.loop)
        timer.start(id, _SLICE, 0.0)
        try:
            self._run_loop(pyuv.UV_RUN_ONCE)
        finally:
            timer.stop()
            self._timers.append(timer)

    def _run_by_program(self, *mode: int) -> bool:
        """Stands for ``run`` of the loop, for programs that call it themselves. Raises what a
        signal's handler has raised meanwhile."""
        if self._turning:
            raise WouldDeadlock("a callback of the loop cannot run the loop")
        if self._signals is not None:
            self._signals.listen(self.on_signal)
        self._turning = True
        try:
            alive = bool(self._run_loop(*mode))
        finally:
            self._turning = False
        if self._raised:
            raise self._raised.popleft()
        return alive

    def sleep(self, seconds: float) -> None:
        """Waits for so many seconds while the loop runs."""
        end = time.monotonic() + seconds
        waker = self.waker()
        if waker is None:
            while (left := end - time.monotonic()) > 0 and self.loop.alive:
                self.pause(None, left)
            _sleep(max(0.0, end - time.monotonic()))
            return
        # A sleep of 0 lets all others run that are ready.
        if seconds <= 0:
            self.ready.append(waker)
            self.pause(waker)
            return
        here = self
        while (left := end - time.monotonic()) > 0:
            here.pause(waker, left)
            here = hub()  # Of another process perhaps, by now.
            waker = here.waker()

    # What callbacks raise.

    def _on_exception(self, kind: type, value: BaseException | None, traceback: Any) -> None:
        """pyuv calls this with an exception that a callback has raised. What comes out of this
        package's callbacks has been raised by a signal's handler: it is for the main greenlet,
        and so is what ends the program."""
        ours = traceback is not None and traceback.tb_frame.f_globals.get("__package__") == __package__
        if ours or issubclass(kind, (KeyboardInterrupt, SystemExit)):
            self.raise_in_main(value if value is not None else kind())
            self.loop.stop()
            # It may have been the callback that ends a request.
            self.ready.extend(waker[0] for waker in self.in_pool if waker[0] is not None)
        else:
            pyuv.Loop.excepthook(self.loop, kind, value, traceback)

    def raise_in_main(self, error: BaseException) -> None:
        """Raises an error in the wait of the main greenlet."""
        self._raised.append(error)

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

    # The end.

    def close(self) -> None:
        """Closes all handles and the loop, whose thread ends."""
        _hubs.pop(id(self), None)
        if self.greenlet is not None:
            self.greenlet.throw()
            self.greenlet = self.main = None
        self.watchers.clear()
        if self.loop.default:
            return
        for handle in self.loop.handles:
            if not handle.closed:
                handle.close()
        self._run_loop()
        # The loop is closed when nothing refers to it any more.
        del self.loop.excepthook, self.loop.run, self._run_loop, self.loop, self.turn_loop, self._async
        self._timers.clear()
        self._expired.clear()
        self.spare_sets.clear()


def _after_fork_in_child() -> None:
    """The child's loops are new: those of the parent share its epoll descriptors."""
    global _is_child
    _is_child = True
    old = existing_hub()
    _of_parent.extend(_hubs.values())
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
