"""Tasks and events in greenlets."""

from __future__ import annotations

import contextlib
import gc
import io
import time
import unittest
import weakref
from typing import List

import uvsocket
from support import Case, descriptors, needs_greenlet


@needs_greenlet
class Tasks(Case):
    def test_result_and_exception(self) -> None:
        task = uvsocket.spawn(lambda a, b=0: a + b, 1, b=2)
        self.assertFalse(task.done())
        self.assertEqual(task.result(), 3)
        self.assertTrue(task.done())
        self.assertIsNone(task.exception())
        failed = uvsocket.spawn(lambda: 1 // 0)
        with self.assertRaises(ZeroDivisionError):
            failed.result()
        self.assertIsInstance(failed.exception(), ZeroDivisionError)
        self.assertFalse(failed.cancelled())

    def test_join_timeout(self) -> None:
        task = uvsocket.spawn(uvsocket.sleep, 5)
        self.assertFalse(task.join(0.02))
        with self.assertRaises(TimeoutError):
            task.result(0.02)
        task.cancel()
        self.assertTrue(task.join())

    def test_cancel(self) -> None:
        a, b = self.pair()
        seen: List[str] = []

        def wait() -> None:
            try:
                a.recv(1)
            except uvsocket.Cancelled:
                seen.append("cancelled")
                raise
            finally:
                seen.append("finally")

        task = uvsocket.spawn(wait)
        uvsocket.sleep(0.01)
        task.cancel()
        with self.assertRaises(uvsocket.Cancelled):
            task.result(5)
        self.assertTrue(task.cancelled())
        self.assertEqual(seen, ["cancelled", "finally"])
        b.sendall(b"x")
        self.assertEqual(a.recv(1), b"x")

    def test_cancel_before_start_and_after_the_end(self) -> None:
        ran: List[int] = []
        task = uvsocket.spawn(ran.append, 1)
        task.cancel()
        task.join()
        self.assertEqual(ran, [])
        self.assertTrue(task.cancelled())
        ended = uvsocket.spawn(ran.append, 1)
        ended.join()
        ended.cancel()
        uvsocket.sleep(0)
        self.assertFalse(ended.cancelled())

    def test_cancel_in_each_kind_of_wait(self) -> None:
        other = uvsocket.spawn(uvsocket.sleep, 10)
        event = uvsocket.Event()
        for wait in (
            lambda: uvsocket.sleep(10),
            lambda: event.wait(),
            lambda: event.wait(10),
            lambda: other.join(),
            lambda: other.join(10),
        ):
            task = uvsocket.spawn(wait)
            uvsocket.sleep(0.005)
            task.cancel()
            self.assertTrue(task.join(5))
            self.assertTrue(task.cancelled())
        event.set()
        other.cancel()
        self.assertTrue(other.join(5))

    def test_wait(self) -> None:
        quick = [uvsocket.spawn(uvsocket.sleep, 0.001 * i) for i in range(10)]
        slow = uvsocket.spawn(uvsocket.sleep, 10)
        done, not_done = uvsocket.wait(quick + [slow], timeout=0.2)
        self.assertEqual(set(done), set(quick))
        self.assertEqual(set(not_done), {slow})
        slow.cancel()
        done, not_done = uvsocket.wait([slow])
        self.assertEqual((len(done), len(not_done)), (1, 0))

    def test_unhandled_exception_is_printed(self) -> None:
        def fails() -> None:
            raise ValueError("the text of the error")

        text = io.StringIO()
        with contextlib.redirect_stderr(text):
            uvsocket.spawn(fails)
            uvsocket.sleep(0.01)
            gc.collect()
        self.assertIn("the text of the error", text.getvalue())
        self.assertIn("fails", text.getvalue())
        with contextlib.redirect_stderr(io.StringIO()) as silent:
            task = uvsocket.spawn(fails)
            task.exception()
            del task
            gc.collect()
        self.assertEqual(silent.getvalue(), "")

    def test_finished_tasks_are_released(self) -> None:
        class Thing:
            pass

        thing = Thing()
        watched = weakref.ref(thing)
        task = uvsocket.spawn(lambda x: uvsocket.sleep(0.001), thing)
        task.join()
        reference = weakref.ref(task)
        del task, thing
        gc.collect()
        self.assertIsNone(watched())
        self.assertIsNone(reference())

    def test_event(self) -> None:
        event = uvsocket.Event()
        tasks = [uvsocket.spawn(event.wait) for _ in range(10)]
        late = uvsocket.spawn(event.wait, 0.01)
        self.assertFalse(late.result())
        event.set()
        self.assertEqual([task.result() for task in tasks], [True] * 10)
        self.assertTrue(event.wait())
        event.clear()
        self.assertFalse(event.wait(0.01))

    def test_deadlock(self) -> None:
        with self.assertRaises(uvsocket.Deadlock):
            self.thread(lambda: uvsocket.spawn(uvsocket.Event().wait).join())()

    def test_deadlock_in_spite_of_idle_sockets(self) -> None:
        def run() -> None:
            a, b = uvsocket.socketpair()
            with a, b:
                a.settimeout(0.01)
                task = uvsocket.spawn(a.recv, 1)
                self.assertIsInstance(task.exception(), uvsocket.timeout)
                uvsocket.Event().wait()

        with self.assertRaises(uvsocket.Deadlock):
            self.thread(run)()


@needs_greenlet
class Sockets(Case):
    def test_close_while_others_wait(self) -> None:
        a, b = self.pair()
        tasks = [uvsocket.spawn(a.recv, 1) for _ in range(3)]
        uvsocket.sleep(0.01)
        a.close()
        for task in tasks:
            error = task.exception(5)
            self.assertIsInstance(error, OSError)
            self.assertEqual(getattr(error, "errno", None), 9)
        self.assertEqual(b.recv(1), b"")

    def test_close_from_another_thread(self) -> None:
        a, b = self.pair()
        task = uvsocket.spawn(a.recv, 1)
        finish = self.thread(lambda: (time.sleep(0.03), a.close()))
        self.assertEqual(getattr(task.exception(5), "errno", None), 9)
        finish()
        b.settimeout(5)
        self.assertEqual(b.recv(1), b"")

    def test_reader_and_writer_of_one_socket(self) -> None:
        a, b = self.tcp_pair()
        data = bytes(3_000_000)
        tasks = [uvsocket.spawn(s.sendall, data) for s in (a, b)]

        def read(s: uvsocket.socket) -> int:
            left = len(data)
            while left:
                left -= len(s.recv(65536))
            return left

        tasks += [uvsocket.spawn(read, s) for s in (a, b)]
        _, not_done = uvsocket.wait(tasks, timeout=20)
        self.assertEqual(set(not_done), set())

    def test_timeouts_of_several(self) -> None:
        a, b = self.pair()
        started = time.monotonic()

        def wait(timeout: float) -> float:
            c = uvsocket.socket(fileno=a.fileno())
            c.settimeout(timeout)
            try:
                c.recv(1)
            except uvsocket.timeout:
                return time.monotonic() - started
            finally:
                c.detach()
            return 0.0

        self.assertLess(uvsocket.spawn(wait, 0.05).result(), 1)
        a.settimeout(0.3)
        long = uvsocket.spawn(a.recv, 1)
        uvsocket.sleep(0.01)
        a.settimeout(0.05)
        start = time.monotonic()
        short = uvsocket.spawn(a.recv, 1)
        self.assertIsInstance(short.exception(), uvsocket.timeout)
        self.assertLess(time.monotonic() - start, 0.25)
        self.assertFalse(long.done())
        self.assertIsInstance(long.exception(), uvsocket.timeout)
        self.assertGreater(time.monotonic() - start, 0.25)

    def test_a_thousand_connections(self) -> None:
        def echo(connection: uvsocket.socket) -> None:
            with connection, connection.makefile("rwb") as file:
                for line in file:
                    file.write(line)
                    file.flush()

        def serve() -> None:
            while True:
                uvsocket.spawn(echo, server.accept()[0])

        def ask(number: int) -> int:
            with uvsocket.create_connection(server.getsockname(), timeout=30) as s:
                file = s.makefile("rwb")
                for i in range(3):
                    file.write(b"%d %d\n" % (number, i))
                    file.flush()
                    if file.readline() != b"%d %d\n" % (number, i):
                        return 0
            return 1

        gc.collect()
        before = descriptors()
        with uvsocket.create_server(("127.0.0.1", 0), backlog=1024) as server:
            serving = uvsocket.spawn(serve)
            tasks = [uvsocket.spawn(ask, i) for i in range(400)]
            self.assertEqual(sum(task.result() for task in tasks), 400)
            serving.cancel()
            serving.join()
        del tasks
        uvsocket.sleep(0.05)
        gc.collect()
        self.assertEqual(descriptors(), before)

    def test_a_thousand_waiting_at_once(self) -> None:
        pairs = [uvsocket.socketpair() for _ in range(200)]
        event = uvsocket.Event()
        tasks = []
        for a, b in pairs:
            tasks += [uvsocket.spawn(a.recv, 1) for _ in range(4)]
            tasks.append(uvsocket.spawn(lambda b=b: (event.wait(), b.sendall(b"1234"))))
        uvsocket.sleep(0.02)
        event.set()
        done, not_done = uvsocket.wait(tasks, timeout=20)
        self.assertEqual((len(done), len(not_done)), (1000, 0))
        for a, b in pairs:
            a.close()
            b.close()

    def test_names(self) -> None:
        tasks = [uvsocket.spawn(uvsocket.getaddrinfo, "localhost", 80) for _ in range(20)]
        for task in tasks:
            self.assertEqual(task.result(10)[0][4][1], 80)
        with self.assertRaises(uvsocket.gaierror):
            uvsocket.spawn(uvsocket.getaddrinfo, "host.invalid", 80).result(20)


if __name__ == "__main__":
    unittest.main()
