"""makefile: modes, buffering, and the lifetimes of sockets and files."""

from __future__ import annotations

import io
import unittest

import uvsocket
from support import Case


class Files(Case):
    def test_modes_and_bufferings(self) -> None:
        for mode in ("rb", "r"):
            for buffering in (None, -1, 0, 1, 7, 65536):
                if buffering == 0 and mode == "r":
                    continue  # CPython refuses it, see test_unbuffered_text
                with self.subTest(mode=mode, buffering=buffering):
                    a, b = self.pair()
                    finish = self.thread(lambda b=b: (b.sendall(b"one\ntwo\n" * 500), b.close()))
                    with a.makefile(mode, buffering) as file:
                        lines = list(file)
                    finish()
                    expected = ["one\n", "two\n"] * 500
                    self.assertEqual(
                        lines, expected if mode == "r" else [x.encode() for x in expected]
                    )

    def test_unbuffered_text(self) -> None:
        a, _ = self.pair()
        with self.assertRaises(ValueError):
            a.makefile("r", 0)

    def test_write_and_read(self) -> None:
        for buffering in (None, 0, 1, 4096):
            with self.subTest(buffering=buffering):
                a, b = self.pair()
                with a.makefile("rwb", buffering) as f, b.makefile("rb") as g:
                    f.write(b"question\n")
                    f.flush()
                    self.assertEqual(g.readline(), b"question\n")
                    b.sendall(b"answer\n")
                    self.assertEqual(f.readline(), b"answer\n")

    def test_large_write_blocks_until_it_is_read(self) -> None:
        a, b = self.pair()
        data = bytes(range(256)) * 8192
        with a.makefile("wb") as file:
            read = self.thread(lambda: b.makefile("rb").read())
            file.write(data)
            file.flush()
            a.shutdown(uvsocket.SHUT_WR)
            self.assertEqual(read(), data)

    def test_socket_closed_before_file(self) -> None:
        a, b = self.pair()
        file = a.makefile("rb")
        a.close()
        self.assertGreaterEqual(a.fileno(), 0)
        b.sendall(b"late\n")
        self.assertEqual(file.readline(), b"late\n")
        file.close()
        self.assertEqual(a.fileno(), -1)
        self.assertEqual(b.recv(1), b"")

    def test_end_of_stream(self) -> None:
        a, b = self.pair()
        b.close()
        with a.makefile("rb") as file:
            self.assertEqual(file.read(), b"")
            self.assertEqual(file.readline(), b"")

    def test_half_close(self) -> None:
        a, b = self.tcp_pair()

        def answer() -> bytes:
            got = b.makefile("rb").read()
            b.sendall(got.upper())
            b.close()
            return got

        finish = self.thread(answer)
        a.sendall(b"question")
        a.shutdown(uvsocket.SHUT_WR)
        self.assertEqual(a.makefile("rb").read(), b"QUESTION")
        finish()

    def test_timeout_in_file(self) -> None:
        a, _ = self.pair()
        a.settimeout(0.02)
        with a.makefile("rb") as file:
            with self.assertRaises(uvsocket.timeout):
                file.readline()
            with self.assertRaisesRegex(OSError, "cannot read from timed out object"):
                file.readline()

    def test_non_blocking_file(self) -> None:
        a, _ = self.pair()
        a.setblocking(False)
        with a.makefile("rb", 0) as file:
            self.assertIsInstance(file, io.RawIOBase)
            self.assertIsNone(file.read(1))


if __name__ == "__main__":
    unittest.main()
