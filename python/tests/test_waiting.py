"""Waiting: several at once, closing meanwhile, signals, threads, forks, callbacks."""

from __future__ import annotations

import errno
import gc
import os
import signal
import threading
import time
import unittest
from typing import Any, List

import pyuv
import uvsocket
from support import Case, descriptors


class Closing(Case):
    def test_close_in_another_thread(self) -> None:
        a, b = self.pair()
        finish = self.thread(lambda: a.recv(1))
        time.sleep(0.05)
        number = a.fileno()
        a.close()
        with self.assertRaises(OSError) as caught:
            finish()
        self.assertEqual(caught.exception.errno, errno.EBADF)
        with self.assertRaises(OSError):
            os.fstat(number)
        self.assertEqual(b.recv(1), b"")

    def test_close_of_a_socket_that_an_idle_thread_has_used(self) -> None:
        a, b = self.pair()
        a.settimeout(0.01)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)  # this thread's loop watches it, and does not run
        self.thread(a.close)()
        b.settimeout(5)
        self.assertEqual(b.recv(1), b"")
        c, d = self.pair()  # with the same numbers
        d.sendall(b"x")
        self.assertEqual(c.recv(1), b"x")
        finish = self.thread(lambda: (time.sleep(0.03), d.sendall(b"y")))
        self.assertEqual(c.recv(1), b"y")
        finish()

    def test_use_in_many_threads(self) -> None:
        a, b = self.pair()
        readers = [self.thread(lambda: a.recv(1)) for _ in range(5)]
        time.sleep(0.05)
        b.sendall(b"12345")
        self.assertEqual(sorted(finish() for finish in readers), [b"1", b"2", b"3", b"4", b"5"])


class Threads(Case):
    def test_descriptors_are_released(self) -> None:
        def use() -> None:
            a, b = uvsocket.socketpair()
            with a, b:
                a.settimeout(0.01)
                with self.assertRaises(uvsocket.timeout):
                    a.recv(1)

        self.thread(use)()
        gc.collect()
        before = descriptors()
        for _ in range(5):
            self.thread(use)()
        self.assertEqual(descriptors(), before)

    def test_a_loop_for_each_thread(self) -> None:
        loops = [self.thread(uvsocket.loop)() for _ in range(2)]
        self.assertIsNot(loops[0], uvsocket.loop())
        self.assertTrue(uvsocket.loop().default)
        self.assertFalse(loops[0].default)

    def test_event_between_threads(self) -> None:
        event = uvsocket.Event()
        finish = self.thread(lambda: event.wait(10))
        time.sleep(0.03)
        start = time.monotonic()
        event.set()
        self.assertTrue(finish())
        self.assertLess(time.monotonic() - start, 5)


class Signals(Case):
    def setUp(self) -> None:
        self.addCleanup(signal.signal, signal.SIGALRM, signal.getsignal(signal.SIGALRM))
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)

    def test_handler_that_raises(self) -> None:
        class Alarm(Exception):
            pass

        def handler(*args: Any) -> None:
            raise Alarm

        a, b = self.pair()
        signal.signal(signal.SIGALRM, handler)
        start = time.monotonic()
        for call in (lambda: a.recv(1), lambda: uvsocket.sleep(10), lambda: a.makefile().read()):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with self.assertRaises(Alarm):
                call()
        self.assertLess(time.monotonic() - start, 5)
        b.sendall(b"x")
        self.assertEqual(a.recv(1), b"x")

    def test_keyboard_interrupt(self) -> None:
        a, _ = self.pair()
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        start = time.monotonic()
        with self.assertRaises(KeyboardInterrupt):
            a.recv(1)
        self.assertLess(time.monotonic() - start, 5)
        timer.join()

    def test_handler_that_returns(self) -> None:
        seen: List[int] = []
        signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
        a, b = self.pair()
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        finish = self.thread(lambda: (time.sleep(0.15), b.sendall(b"x")))
        self.assertEqual(a.recv(1), b"x")
        self.assertEqual(seen, [signal.SIGALRM])
        finish()

    def test_wakeup_descriptor_of_the_program(self) -> None:
        uvsocket.sleep(0.001)
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        self.addCleanup(os.close, w)
        os.set_blocking(w, False)
        old = signal.set_wakeup_fd(w)
        try:
            seen: List[int] = []
            signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
            signal.setitimer(signal.ITIMER_REAL, 0.03)
            uvsocket.sleep(1.3)
            self.assertEqual(seen, [signal.SIGALRM])
            self.assertEqual(os.read(r, 10), bytes([signal.SIGALRM]))
        finally:
            self.assertEqual(signal.set_wakeup_fd(old), w)


class Forks(Case):
    def check_child(self, function: Any) -> None:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                function()
                status = 0
            except BaseException:
                import traceback

                traceback.print_exc()
            finally:
                os._exit(status)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_child_waits_on_its_own_loop(self) -> None:
        a, b = self.pair()
        a.settimeout(0.02)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)
        parent = uvsocket.loop()

        def child() -> None:
            assert uvsocket.loop() is not parent
            uvsocket.getaddrinfo("localhost", 80)
            try:
                a.recv(1)
            except uvsocket.timeout:
                pass
            a.settimeout(None)
            a.sendall(b"from the child")
            assert a.recv(10) == b"answer"
            a.close()

        finish = self.thread(lambda: (b.recv(20), b.sendall(b"answer")))
        self.check_child(child)
        self.assertEqual(finish()[0], b"from the child")
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)
        b.sendall(b"to the parent")
        self.assertEqual(a.recv(20), b"to the parent")

    def test_fork_in_a_thread(self) -> None:
        def fork() -> None:
            a, b = uvsocket.socketpair()
            with a, b:
                a.settimeout(0.02)
                with self.assertRaises(uvsocket.timeout):
                    a.recv(1)

                def child() -> None:
                    b.sendall(b"x")
                    assert a.recv(1) == b"x"
                    try:
                        a.recv(1)
                    except uvsocket.timeout:
                        pass

                self.check_child(child)

        self.thread(fork)()


class Callbacks(Case):
    def test_handles_of_the_program_are_served(self) -> None:
        ticks: List[int] = []
        timer = pyuv.Timer(uvsocket.loop())
        timer.start(lambda handle: ticks.append(1), 0.01, 0.01)
        self.addCleanup(timer.close)
        a, _ = self.pair()
        a.settimeout(0.1)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)
        self.assertGreater(len(ticks), 3)

    def test_blocking_call_in_a_callback(self) -> None:
        errors: List[BaseException] = []
        a, b = self.pair()

        def callback(handle: Any) -> None:
            try:
                a.recv(1)
            except BaseException as error:
                errors.append(error)

        timer = pyuv.Timer(uvsocket.loop())
        timer.start(callback, 0.01, 0)
        self.addCleanup(timer.close)
        uvsocket.sleep(0.05)
        self.assertEqual([type(error) for error in errors], [uvsocket.WouldDeadlock])

    def test_event_set_by_a_callback(self) -> None:
        event = uvsocket.Event()
        timer = pyuv.Timer(uvsocket.loop())
        timer.start(lambda handle: event.set(), 0.01, 0)
        self.addCleanup(timer.close)
        self.assertTrue(event.wait())

    def test_deadlock(self) -> None:
        with self.assertRaises(uvsocket.Deadlock):
            self.thread(uvsocket.Event().wait)()
        self.assertFalse(self.thread(lambda: uvsocket.Event().wait(0.02))())

    def test_idle_sockets_do_not_keep_the_loop_alive(self) -> None:
        a, _ = self.pair()
        a.settimeout(0.01)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)
        start = time.monotonic()
        uvsocket.loop().run()
        self.assertLess(time.monotonic() - start, 0.5)


if __name__ == "__main__":
    unittest.main()
