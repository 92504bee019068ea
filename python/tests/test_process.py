"""Tasks beside signals, forks, threads and callbacks of the loop."""

from __future__ import annotations

import gc
import os
import signal
import sys
import unittest
from typing import Any, List

import uvsocket
from support import Case, descriptors, needs_greenlet


@needs_greenlet
class Process(Case):
    def test_signal_interrupts_the_main_wait(self) -> None:
        class Alarm(Exception):
            pass

        def handler(*args: Any) -> None:
            raise Alarm

        old = signal.signal(signal.SIGALRM, handler)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        a, b = self.pair()
        other = uvsocket.spawn(b.recv, 1)
        uvsocket.sleep(0.01)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with self.assertRaises(Alarm):
            a.recv(1)
        self.assertFalse(other.done())
        a.sendall(b"x")
        self.assertEqual(other.result(5), b"x")

    def test_keyboard_interrupt_in_a_task_reaches_the_main_greenlet(self) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        task = uvsocket.spawn(interrupt)
        with self.assertRaises(KeyboardInterrupt):
            uvsocket.sleep(5)
        self.assertTrue(task.done())

    def test_fork_in_a_task(self) -> None:
        a, b = self.pair()
        other = uvsocket.spawn(a.recv, 1)

        def fork() -> int:
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    c, d = uvsocket.socketpair()
                    uvsocket.spawn(lambda: (uvsocket.sleep(0.01), d.sendall(b"x")))
                    status = 0 if c.recv(1) == b"x" else 2
                finally:
                    os._exit(status)
            return os.waitpid(pid, 0)[1]

        self.assertEqual(uvsocket.spawn(fork).result(20), 0)
        self.assertFalse(other.done())
        b.sendall(b"x")
        self.assertEqual(other.result(5), b"x")

    def test_child_goes_on_in_the_main_greenlet(self) -> None:
        pid = uvsocket.spawn(os.fork).result()
        if pid == 0:
            status = 1
            try:
                task = uvsocket.spawn(lambda: uvsocket.sleep(0.01) or 7)
                status = 0 if task.result() == 7 else 2
            finally:
                os._exit(status)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_threads_with_tasks_release_their_descriptors(self) -> None:
        def use() -> None:
            a, b = uvsocket.socketpair()
            with a, b:
                task = uvsocket.spawn(a.recv, 1)
                uvsocket.sleep(0.005)
                b.sendall(b"x")
                self.assertEqual(task.result(), b"x")

        self.thread(use)()
        gc.collect()
        before = descriptors()
        for _ in range(5):
            self.thread(use)()
        gc.collect()
        self.assertEqual(descriptors(), before)

    def test_blocking_call_in_the_hub(self) -> None:
        import pyuv

        errors: List[BaseException] = []
        a, _ = self.pair()

        def callback(handle: Any) -> None:
            try:
                a.recv(1)
            except BaseException as error:
                errors.append(error)

        timer = pyuv.Timer(uvsocket.loop())
        timer.start(callback, 0.01, 0)
        self.addCleanup(timer.close)
        uvsocket.spawn(uvsocket.sleep, 0.05).join()
        self.assertEqual([type(error) for error in errors], [uvsocket.WouldDeadlock])

    def test_spawn_in_a_callback_while_the_main_greenlet_turns_the_loop(self) -> None:
        def run() -> Any:
            import pyuv

            a, b = uvsocket.socketpair()
            timer = pyuv.Timer(uvsocket.loop())
            timer.start(lambda handle: uvsocket.spawn(b.sendall, b"x"), 0.01, 0)
            with a, b:
                try:
                    return a.recv(1)
                finally:
                    timer.close()

        self.assertEqual(self.thread(run)(), b"x")


class WithoutGreenlet(unittest.TestCase):
    def test_package_works_without_greenlet(self) -> None:
        import subprocess

        code = (
            "import sys; sys.modules['greenlet'] = None\n"
            "import uvsocket\n"
            "a, b = uvsocket.socketpair(); b.sendall(b'x'); assert a.recv(1) == b'x'\n"
            "a.settimeout(0.01)\n"
            "try: a.recv(1)\n"
            "except uvsocket.timeout: pass\n"
            "try: uvsocket.spawn(print)\n"
            "except ImportError as error: assert 'greenlet' in str(error); print('as it should')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
        )
        self.assertEqual(done.stdout, "as it should\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
