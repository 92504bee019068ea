"""What reviews have found: each test is a program that went wrong."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from typing import Any, List

import pyuv

import uvsocket
from support import Case, needs_greenlet


#: A handler that raises comes hundreds of times to tasks that sleep; all of them must go on.
STORM = """
import signal, time, uvsocket

class Alarm(Exception):
    pass

def handler(*_):
    raise Alarm

def run(number):
    while not stop:
        try:
            while not stop:
                uvsocket.sleep(0 if number % 2 else 0.001)
                counts[number] += 1
        except Alarm:
            pass

counts, stop = [0] * 6, []
tasks = [uvsocket.spawn(run, number) for number in range(6)]
signal.signal(signal.SIGALRM, handler)
end = time.monotonic() + 1
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
while time.monotonic() < end:
    try:
        uvsocket.sleep(0.05)
    except Alarm:
        pass
while True:
    try:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        break
    except Alarm:
        pass
try:
    uvsocket.sleep(0.05)
except Alarm:
    pass
before = list(counts)
uvsocket.sleep(0.2)
print(all(task.done() or now > then for task, now, then in zip(tasks, counts, before)))
stop.append(True)
"""


class Idle(Case):
    def test_select_waits_without_work(self) -> None:
        a, _ = self.pair()
        uvsocket.select.select([a], [], [], 0.05)
        start = time.process_time()
        for _ in range(3):
            uvsocket.select.select([a], [], [], 0.2)
        self.assertLess(time.process_time() - start, 0.2)

    def test_unread_data_is_no_event_for_who_asks_for_another(self) -> None:
        a, b = self.pair()
        b.sendall(b"x")
        start = time.process_time()
        self.assertEqual(uvsocket.select.select([], [], [a], 0.3), ([], [], []))
        self.assertLess(time.process_time() - start, 0.15)


class Closing(Case):
    def test_close_while_the_watcher_is_made(self) -> None:
        self.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(1e-5)
        current: List[Any] = [uvsocket.socketpair()]
        errors: List[BaseException] = []
        end = time.monotonic() + 1

        def read() -> None:
            while time.monotonic() < end:
                try:
                    current[0][0].recv(1)
                except OSError:
                    pass
                except BaseException as error:
                    errors.append(error)

        readers = [self.thread(read) for _ in range(2)]
        while time.monotonic() < end:
            old, current[0] = current[0], uvsocket.socketpair()
            old[0].close()
            old[1].close()
        current[0][0].close()
        current[0][1].close()
        for finish in readers:
            finish()
        self.assertEqual(errors, [])

    def test_another_holder_makes_the_descriptor_block(self) -> None:
        a, _ = self.pair()
        other = socket.socket(fileno=a.dup().detach())
        self.addCleanup(other.close)
        self.assertTrue(other.getblocking())
        other.setblocking(True)
        a.settimeout(0.05)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)


class Callbacks(Case):
    def test_blocking_call_while_the_program_runs_the_loop(self) -> None:
        a, _ = self.pair()
        seen: List[Any] = []

        def callback(timer: Any) -> None:
            timer.close()
            for call in (lambda: a.recv(1), uvsocket.loop().run):
                try:
                    call()
                except uvsocket.WouldDeadlock as error:
                    seen.append(type(error))

        timer = pyuv.Timer(uvsocket.loop())
        timer.start(callback, 0.01, 0)
        uvsocket.loop().run()
        self.assertEqual(seen, [uvsocket.WouldDeadlock] * 2)


    def test_signal_while_the_program_runs_the_loop(self) -> None:
        class Alarm(Exception):
            pass

        def handler(*_: Any) -> None:
            if raises:
                raise Alarm

        raises: List[bool] = []
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, handler))
        a, _ = self.pair()
        a.settimeout(0.01)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)  # The hub listens for signals from here on.
        timer = pyuv.Timer(uvsocket.loop())
        self.addCleanup(timer.close)
        start = time.process_time()
        timer.start(lambda _: None, 0.5, 0)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        uvsocket.loop().run()
        self.assertLess(time.process_time() - start, 0.25)
        raises.append(True)
        start = time.monotonic()
        timer.start(lambda _: None, 20, 0)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with self.assertRaises(Alarm):
            uvsocket.loop().run()
        self.assertLess(time.monotonic() - start, 5)
        timer.stop()


@needs_greenlet
class Waking(Case):
    def test_handlers_that_raise_lose_no_task(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", STORM], capture_output=True, text=True, timeout=50
        )
        self.assertEqual(done.stdout, "True\n", done.stderr)

    def test_cancel_and_join_from_another_thread(self) -> None:
        task = uvsocket.spawn(uvsocket.sleep, 20)
        uvsocket.sleep(0.01)
        start = time.monotonic()
        finish = self.thread(lambda: (task.cancel(), task.join(10)))
        self.assertTrue(task.join(10))
        finish()
        self.assertLess(time.monotonic() - start, 5)

    def test_a_greenlet_that_waits_elsewhere_is_not_woken(self) -> None:
        import greenlet

        a, b = self.pair()
        c, d = self.pair()
        main = greenlet.getcurrent()
        seen: List[Any] = []

        def run() -> None:
            b.sendall(b"x")
            d.sendall(b"x")
            uvsocket.select.select([a, c], [], [])
            seen.append(main.switch("ready"))

        other = greenlet.greenlet(run)
        self.assertEqual(other.switch(), "ready")
        uvsocket.spawn(uvsocket.sleep, 0.02).join()
        self.assertEqual(seen, [])
        other.switch("resumed")
        self.assertEqual(seen, ["resumed"])

    def test_signal_beside_a_wakeup_descriptor_of_the_program(self) -> None:
        class Alarm(Exception):
            pass

        def handler(*_: Any) -> None:
            raise Alarm

        a, b = socket.socketpair()
        self.addCleanup(a.close)
        self.addCleanup(b.close)
        b.setblocking(False)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, handler))
        self.addCleanup(signal.set_wakeup_fd, signal.set_wakeup_fd(b.fileno()))
        task = uvsocket.spawn(uvsocket.sleep, 20)
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with self.assertRaises(Alarm):
            task.join()
        self.assertLess(time.monotonic() - start, 5)
        task.cancel()
        task.join()


class Names(Case):
    def test_partial_import_of_greenlet(self) -> None:
        import types

        real = sys.modules.get("greenlet")
        sys.modules["greenlet"] = types.ModuleType("greenlet")
        try:
            result: List[Any] = []

            def use() -> None:
                a, b = uvsocket.socketpair()
                with a, b:
                    threading.Timer(0.02, b.sendall, [b"x"]).start()
                    result.append(a.recv(1))

            self.thread(use)()
            self.assertEqual(result, [b"x"])
        finally:
            if real is None:
                del sys.modules["greenlet"]
            else:
                sys.modules["greenlet"] = real


if __name__ == "__main__":
    unittest.main()
