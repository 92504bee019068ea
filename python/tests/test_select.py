"""select, poll and the selectors, compared with the real ones."""

from __future__ import annotations

import os
import select as real_select
import tempfile
import time
import unittest

import uvsocket
from uvsocket import select, selectors
from support import Case


class Select(Case):
    def test_ready_at_once(self) -> None:
        a, b = self.pair()
        b.sendall(b"x")
        self.assertEqual(select.select([a, b], [a], []), ([a], [a], []))
        self.assertEqual(select.select([b], [], [], 0), ([], [], []))
        self.assertEqual(select.select([], [], [], 0.01), ([], [], []))

    def test_waits(self) -> None:
        a, b = self.pair()
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        self.addCleanup(os.close, w)
        start = time.monotonic()
        self.assertEqual(select.select([a, r], [], [], 0.05), ([], [], []))
        self.assertGreaterEqual(time.monotonic() - start, 0.045)
        for writes, expected in ((lambda: b.sendall(b"x"), a), (lambda: os.write(w, b"x"), r)):
            finish = self.thread(lambda f=writes: (time.sleep(0.03), f()))
            self.assertIn(expected, select.select([a, r], [], [], 10)[0])
            finish()
            (a.recv if expected is a else lambda n: os.read(r, n))(1)
        self.assertTrue(os.get_blocking(r), "the pipe's mode has been changed")

    def test_writable(self) -> None:
        a, b = self.pair()
        a.setblocking(False)
        with self.assertRaises(BlockingIOError):
            a.sendall(bytes(10_000_000))
        finish = self.thread(lambda: (time.sleep(0.03), b.recv(5_000_000)))
        self.assertEqual(select.select([], [a], [], 10), ([], [a], []))
        finish()

    def test_end_of_stream(self) -> None:
        a, b = self.pair()
        finish = self.thread(lambda: (time.sleep(0.03), b.close()))
        self.assertEqual(select.select([a], [], [], 10), ([a], [], []))
        finish()

    def test_regular_file_and_bad_arguments(self) -> None:
        with tempfile.TemporaryFile() as file:
            self.assertEqual(select.select([file], [file], []), ([file], [file], []))
        for call in (
            lambda m: m.select([], [], [], -1),
            lambda m: m.select([-1], [], [], 1),
            lambda m: m.select(1, [], []),
            lambda m: m.select(["x"], [], []),
            lambda m: m.select([], [], [], "x"),
        ):
            with self.assertRaises(Exception) as real:
                call(real_select)
            with self.assertRaises(type(real.exception)):
                call(select)

    def test_while_the_same_socket_is_waited_for(self) -> None:
        a, b = self.pair()
        a.settimeout(0.01)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)
        finish = self.thread(lambda: (time.sleep(0.03), b.sendall(b"x")))
        self.assertEqual(select.select([a], [], [], 10), ([a], [], []))
        finish()
        self.assertEqual(a.recv(1), b"x")


class Poll(Case):
    def test_poll(self) -> None:
        a, b = self.pair()
        poll = select.poll()
        poll.register(a, select.POLLIN)
        self.assertEqual(poll.poll(20), [])
        finish = self.thread(lambda: (time.sleep(0.03), b.sendall(b"x")))
        self.assertEqual(poll.poll(), [(a.fileno(), select.POLLIN)])
        finish()
        poll.modify(a, select.POLLIN | select.POLLOUT)
        self.assertEqual(poll.poll(0), [(a.fileno(), select.POLLIN | select.POLLOUT)])
        poll.unregister(a)
        self.assertEqual(poll.poll(10), [])
        with self.assertRaises(KeyError):
            poll.unregister(a)
        with self.assertRaises(OSError):
            poll.modify(a, select.POLLIN)

    def test_hang_up(self) -> None:
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        poll = select.poll()
        poll.register(r, 0)
        finish = self.thread(lambda: (time.sleep(0.03), os.close(w)))
        self.assertEqual(poll.poll(10_000), [(r, select.POLLHUP)])
        finish()

    def test_closed_descriptor(self) -> None:
        r, w = os.pipe()
        poll = select.poll()
        poll.register(r)
        os.close(r)
        os.close(w)
        self.assertEqual(poll.poll(1000), [(r, select.POLLNVAL)])


class Selectors(Case):
    def test_all(self) -> None:
        for kind in (
            selectors.DefaultSelector,
            selectors.EpollSelector,
            selectors.PollSelector,
            selectors.SelectSelector,
        ):
            with self.subTest(kind), kind() as selector:
                a, b = self.pair()
                key = selector.register(a, selectors.EVENT_READ, "data")
                self.assertEqual(selector.select(0.02), [])
                self.assertEqual(selector.select(0), [])
                self.assertEqual(selector.select(-1), [])
                finish = self.thread(lambda b=b: (time.sleep(0.03), b.sendall(b"x")))
                self.assertEqual(selector.select(), [(key, selectors.EVENT_READ)])
                finish()
                key = selector.modify(a, selectors.EVENT_READ | selectors.EVENT_WRITE)
                both = selectors.EVENT_READ | selectors.EVENT_WRITE
                self.assertEqual(selector.select(5), [(key, both)])
                selector.unregister(a)
                self.assertEqual(len(selector.get_map()), 0)

    def test_in_several_threads(self) -> None:
        a, b = self.pair()

        def wait() -> int:
            with selectors.DefaultSelector() as selector:
                selector.register(a, selectors.EVENT_READ)
                return len(selector.select(10))

        waiting = [self.thread(wait) for _ in range(3)]
        time.sleep(0.03)
        b.sendall(b"x")
        self.assertEqual([finish() for finish in waiting], [1, 1, 1])


if __name__ == "__main__":
    unittest.main()
