"""The calls of a socket: results, timeouts, non-blocking mode, descriptors."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import socket as real
import struct
import tempfile
import termios
import time
import unittest
from typing import Any, Callable

import uvsocket
from support import Case


class Timeouts(Case):
    def check(self, call: Callable[[], Any], text: str = "timed out") -> None:
        start = time.monotonic()
        with self.assertRaises(uvsocket.timeout) as caught:
            call()
        took = time.monotonic() - start
        self.assertEqual(str(caught.exception), text)
        self.assertGreaterEqual(took, 0.03)
        self.assertLess(took, 2)

    def test_receiving(self) -> None:
        a, _ = self.pair()
        a.settimeout(0.03)
        buffer = bytearray(10)
        self.check(lambda: a.recv(1))
        self.check(lambda: a.recv_into(buffer))
        self.check(lambda: a.recvfrom(1))
        self.check(lambda: a.recvfrom_into(buffer))
        self.check(lambda: a.recvmsg(1))
        self.check(lambda: a.recvmsg_into([buffer]))

    def test_accept(self) -> None:
        with uvsocket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.03)
            self.check(server.accept)

    def test_sending(self) -> None:
        a, _ = self.pair()
        a.settimeout(0.03)
        self.check(lambda: a.sendall(bytes(10_000_000)))
        self.check(lambda: a.send(b"x"))
        self.check(lambda: a.sendmsg([b"x"]))
        with tempfile.TemporaryFile() as file:
            file.write(b"x" * 100)
            file.flush()
            self.check(lambda: a.sendfile(file))

    def test_sendall_timeout_is_for_all(self) -> None:
        a, b = self.tcp_pair()
        a.setsockopt(uvsocket.SOL_SOCKET, uvsocket.SO_SNDBUF, 4096)
        a.settimeout(0.3)
        done = []

        def read_slowly() -> None:
            while not done:
                time.sleep(0.02)
                if not b.recv(100):
                    break

        finish = self.thread(read_slowly)
        start = time.monotonic()
        with self.assertRaises(uvsocket.timeout):
            a.sendall(bytes(50_000_000))
        self.assertLess(time.monotonic() - start, 2)
        done.append(1)
        a.close()
        finish()

    def test_connect(self) -> None:
        with uvsocket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            others = []
            for _ in range(8):
                s = uvsocket.socket()
                self.addCleanup(s.close)
                s.settimeout(0.03)
                others.append(s.connect_ex(full.getsockname()))
            self.assertIn(errno.EAGAIN, others)  # CPython's result for a timeout

    def test_connect_to_a_full_unix_listener(self) -> None:
        with tempfile.TemporaryDirectory() as folder, uvsocket.socket(uvsocket.AF_UNIX) as server:
            path = os.path.join(folder, "s")
            server.bind(path)
            server.listen(0)
            first = uvsocket.socket(uvsocket.AF_UNIX)
            second = uvsocket.socket(uvsocket.AF_UNIX)
            third = uvsocket.socket(uvsocket.AF_UNIX)
            for s in (first, second, third):
                self.addCleanup(s.close)
            first.connect(path)
            second.settimeout(0.05)
            self.check(lambda: second.connect(path))
            finish = self.thread(lambda: third.connect(path))
            time.sleep(0.02)
            server.accept()[0].close()
            finish()

    def test_values(self) -> None:
        s, _ = self.pair()
        self.assertIsNone(s.gettimeout())
        self.assertTrue(s.getblocking())
        for value in (0, 0.0, 1, 2.5, 1e-3, True):
            s.settimeout(value)
            self.assertEqual(s.gettimeout(), float(value))
            self.assertEqual(s.timeout, float(value))
            self.assertEqual(s.getblocking(), value != 0)
        for bad, error in ((-1, ValueError), ("1", TypeError), (1e300, OverflowError)):
            with self.assertRaises(error):
                s.settimeout(bad)
        s.setblocking(False)
        self.assertEqual(s.gettimeout(), 0.0)
        s.setblocking(True)
        self.assertIsNone(s.gettimeout())

    def test_default(self) -> None:
        uvsocket.setdefaulttimeout(0.03)
        self.addCleanup(uvsocket.setdefaulttimeout, None)
        a, b = self.pair()
        self.assertEqual(a.gettimeout(), 0.03)
        self.check(lambda: a.recv(1))
        client, other = self.tcp_pair()
        self.assertEqual(other.gettimeout(), 0.03)


class NonBlocking(Case):
    def test_raises_at_once(self) -> None:
        a, _ = self.pair()
        a.setblocking(False)
        for call in (
            lambda: a.recv(1),
            lambda: a.recv_into(bytearray(1)),
            lambda: a.recvfrom(1),
            lambda: a.recvmsg(1),
            lambda: a.sendall(bytes(10_000_000)),
            lambda: a.send(b"x"),
        ):
            with self.assertRaises(BlockingIOError):
                call()
        with uvsocket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            with self.assertRaises(BlockingIOError):
                server.accept()
            with uvsocket.socket() as s:
                s.setblocking(False)
                with self.assertRaises(BlockingIOError) as caught:
                    s.connect(server.getsockname())
                self.assertEqual(caught.exception.errno, errno.EINPROGRESS)

    def test_type_flag(self) -> None:
        with uvsocket.socket(type=uvsocket.SOCK_STREAM | uvsocket.SOCK_NONBLOCK) as s:
            self.assertEqual(s.gettimeout(), 0.0)


class Connecting(Case):
    def test_refused(self) -> None:
        with uvsocket.socket() as s:
            s.bind(("127.0.0.1", 0))
            address = s.getsockname()
        with uvsocket.socket() as s, self.assertRaises(ConnectionRefusedError):
            s.connect(address)
        with uvsocket.socket() as s:
            self.assertEqual(s.connect_ex(address), errno.ECONNREFUSED)

    def test_host_name(self) -> None:
        with uvsocket.create_server(("127.0.0.1", 0)) as server, uvsocket.socket() as s:
            s.connect(("localhost", server.getsockname()[1]))
            self.assertEqual(s.getpeername(), server.getsockname())

    def test_unknown_host(self) -> None:
        with uvsocket.socket() as s, self.assertRaises(uvsocket.gaierror):
            s.connect(("host.invalid", 1))

    def test_ipv6(self) -> None:
        if not uvsocket.has_dualstack_ipv6():
            self.skipTest("the system has no IPv6")
        with uvsocket.create_server(("::1", 0), family=uvsocket.AF_INET6) as server:
            with uvsocket.create_connection(server.getsockname()[:2]) as s:
                self.assertEqual(s.getpeername(), server.getsockname())

    def test_accepted_sockets_are_ours(self) -> None:
        a, b = self.tcp_pair()
        self.assertIs(type(b), uvsocket.socket)
        self.assertIsInstance(b, real.socket)


class Datagrams(Case):
    def test_udp(self) -> None:
        a = uvsocket.socket(type=uvsocket.SOCK_DGRAM)
        b = uvsocket.socket(type=uvsocket.SOCK_DGRAM)
        for s in (a, b):
            self.addCleanup(s.close)
            s.bind(("127.0.0.1", 0))
        finish = self.thread(lambda: b.recvfrom(100))
        time.sleep(0.02)
        a.sendto(b"packet", ("localhost", b.getsockname()[1]))
        self.assertEqual(finish(), (b"packet", a.getsockname()))
        a.sendto(b"flags", 0, b.getsockname())
        buffer = bytearray(10)
        self.assertEqual(b.recvfrom_into(buffer)[0], 5)

    def test_unix_datagrams(self) -> None:
        a, b = self.pair(uvsocket.AF_UNIX, uvsocket.SOCK_DGRAM)
        finish = self.thread(lambda: [b.recv(10) for _ in range(500)])
        for _ in range(500):  # more than the queue holds
            a.send(b"packet")
        self.assertEqual(finish(), [b"packet"] * 500)


class Descriptors(Case):
    def test_messages_with_descriptors(self) -> None:
        a, b = self.pair()
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        finish = self.thread(lambda: uvsocket.recv_fds(b, 10, 2))
        time.sleep(0.02)
        uvsocket.send_fds(a, [b"fd"], [w])
        data, fds, _, _ = finish()
        os.close(w)
        self.assertEqual(data, b"fd")
        os.write(fds[0], b"through")
        os.close(fds[0])
        self.assertEqual(os.read(r, 10), b"through")

    def test_sendmsg_and_recvmsg_into(self) -> None:
        a, b = self.pair()
        finish = self.thread(lambda: self._recvmsg_into(b))
        time.sleep(0.02)
        a.sendmsg([b"abc", b"defg"])
        self.assertEqual(finish(), (b"abcd", b"efg"))

    def _recvmsg_into(self, s: uvsocket.socket) -> Any:
        first, second = bytearray(4), bytearray(4)
        count = s.recvmsg_into([first, second])[0]
        return bytes(first), bytes(second[: count - 4])

    def test_dup(self) -> None:
        a, b = self.pair()
        a.settimeout(5)
        c = a.dup()
        self.assertIs(type(c), uvsocket.socket)
        self.assertEqual(c.gettimeout(), 5)
        b.sendall(b"x")
        self.assertEqual(c.recv(1), b"x")
        a.close()
        finish = self.thread(lambda: c.recv(1))
        time.sleep(0.02)
        b.sendall(b"y")
        self.assertEqual(finish(), b"y")
        c.close()

    def test_detach_gives_a_blocking_descriptor(self) -> None:
        for timeout, blocking in ((None, True), (1.0, False), (0.0, False)):
            with self.subTest(timeout=timeout):
                a, b = self.pair()
                a.settimeout(0.01)
                with self.assertRaises(uvsocket.timeout):
                    a.recv(1)  # so that there is a watcher
                a.settimeout(timeout)
                fd = a.detach()
                self.assertEqual(os.get_blocking(fd), blocking)
                self.assertEqual(a.fileno(), -1)
                b.sendall(b"x")
                self.assertEqual(os.read(fd, 1), b"x")
                os.close(fd)

    def test_number_used_again(self) -> None:
        a, b = self.pair()
        a.settimeout(0.01)
        with self.assertRaises(uvsocket.timeout):
            a.recv(1)
        number = a.fileno()
        os.close(a.detach())
        c, d = self.pair()
        self.assertIn(number, (c.fileno(), d.fileno()))
        for one, other in ((c, d), (d, c)):
            finish = self.thread(lambda: (time.sleep(0.02), other.sendall(b"z")))
            self.assertEqual(one.recv(1), b"z")
            finish()

    def test_two_sockets_of_one_descriptor(self) -> None:
        a, b = self.pair()
        c = uvsocket.socket(fileno=a.fileno())
        a.settimeout(0.01)
        for s in (a, c):
            s.settimeout(0.01)
            with self.assertRaises(uvsocket.timeout):
                s.recv(1)
        b.sendall(b"12")
        self.assertEqual(a.recv(1) + c.recv(1), b"12")
        c.close()
        with self.assertRaises(OSError) as caught:
            a.recv(1)
        self.assertEqual(caught.exception.errno, errno.EBADF)
        a.detach()

    def test_released_without_close(self) -> None:
        a, b = self.pair()
        c = a.dup()
        c.settimeout(0.01)
        with self.assertRaises(uvsocket.timeout):
            c.recv(1)
        number = c.fileno()
        with self.assertWarns(ResourceWarning):
            del c
        with self.assertRaises(OSError):
            os.fstat(number)

    def test_ioctl(self) -> None:
        a, b = self.pair()
        b.sendall(b"12345")
        answer = a.ioctl(termios.FIONREAD, struct.pack("i", 0))
        self.assertEqual(struct.unpack("i", answer), (5,))
        self.assertEqual(a.ioctl(termios.FIONREAD, b"\0" * 4),
                         fcntl.ioctl(a.fileno(), termios.FIONREAD, b"\0" * 4))  # fmt: skip

    def test_sendfile(self) -> None:
        a, b = self.pair()
        with tempfile.TemporaryFile() as file:
            file.write(bytes(range(256)) * 4096)
            file.flush()
            finish = self.thread(lambda: b.makefile("rb").read())
            self.assertEqual(a.sendfile(file, offset=256, count=500_000), 500_000)
            self.assertEqual(file.tell(), 500_256)
            a.close()
            self.assertEqual(finish(), (bytes(range(256)) * 4096)[256:500_256])

    def test_buffers(self) -> None:
        a, b = self.pair()
        numbers = array.array("I", range(10))
        a.sendall(numbers)
        self.assertEqual(b.recv(100), numbers.tobytes())
        a.sendall(memoryview(b"xyz")[1:])
        self.assertEqual(b.recv(100), b"yz")
        a.sendall(b"")


class Names(Case):
    def test_resolver_results_are_the_real_ones(self) -> None:
        for name, *args in (
            ("getaddrinfo", "localhost", 80),
            ("getaddrinfo", "127.0.0.1", "http", 0, uvsocket.SOCK_STREAM),
            ("getaddrinfo", None, 80),
            ("gethostbyname", "localhost"),
            ("gethostbyname_ex", "localhost"),
            ("gethostbyaddr", "127.0.0.1"),
            ("getnameinfo", ("127.0.0.1", 80), 0),
            ("getfqdn", "localhost"),
        ):
            with self.subTest(name):
                self.assertEqual(getattr(uvsocket, name)(*args), getattr(real, name)(*args))

    def test_errors(self) -> None:
        for call in (uvsocket.gethostbyname, uvsocket.gethostbyname_ex):
            with self.assertRaises(uvsocket.gaierror):
                call("host.invalid")
        with self.assertRaises(uvsocket.gaierror):
            uvsocket.getaddrinfo("host.invalid", 80)
        with self.assertRaises(TypeError):
            uvsocket.getaddrinfo()

    def test_public_names(self) -> None:
        for name in real.__all__:
            self.assertTrue(hasattr(uvsocket, name), name)
        self.assertIs(uvsocket.AF_INET, real.AF_INET)
        self.assertIsNot(uvsocket.socket, real.socket)


if __name__ == "__main__":
    unittest.main()
