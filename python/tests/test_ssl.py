"""TLS sockets."""

from __future__ import annotations

import os
import shutil
import ssl as real_ssl
import tempfile
import time
import unittest
from typing import Any, Tuple

import uvsocket
from uvsocket import ssl
from support import Case, certificate, needs_greenlet

CERTIFICATE = certificate()


def tearDownModule() -> None:
    if CERTIFICATE:
        shutil.rmtree(os.path.dirname(CERTIFICATE))


@unittest.skipIf(CERTIFICATE is None, "the command openssl cannot make a certificate")
class Tls(Case):
    def setUp(self) -> None:
        self.server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server_context.load_cert_chain(CERTIFICATE)
        self.client_context = ssl.create_default_context(cafile=CERTIFICATE)

    def tls_pair(self) -> Tuple[Any, Any]:
        a, b = self.tcp_pair()
        finish = self.thread(lambda: self.server_context.wrap_socket(b, server_side=True))
        client = self.client_context.wrap_socket(a, server_hostname="localhost")
        server = finish()
        self.addCleanup(client.close)
        self.addCleanup(server.close)
        return client, server

    def test_classes(self) -> None:
        self.assertIsInstance(self.client_context, ssl.SSLContext)
        client, server = self.tls_pair()
        for s in (client, server):
            self.assertIsInstance(s, real_ssl.SSLSocket)
            self.assertIsInstance(s, uvsocket.socket)
        self.assertEqual(client.getpeercert()["subject"], ((("commonName", "localhost"),),))

    def test_data(self) -> None:
        client, server = self.tls_pair()
        data = os.urandom(3_000_000)
        received = bytearray()

        def read() -> None:
            while len(received) < len(data):
                received.extend(server.recv(65536))
            server.sendall(b"done")

        finish = self.thread(read)
        client.sendall(data)
        buffer = bytearray(10)
        self.assertEqual(client.recv_into(buffer), 4)
        finish()
        self.assertEqual(bytes(received), data)
        with client.makefile("rwb") as file:
            file.write(b"line\n")
            file.flush()
            self.assertEqual(server.read(10), b"line\n")
            finish = self.thread(lambda: (time.sleep(0.02), server.write(b"answer\n")))
            self.assertEqual(file.readline(), b"answer\n")
            finish()

    def test_timeouts(self) -> None:
        client, server = self.tls_pair()
        client.settimeout(0.03)
        with self.assertRaisesRegex(uvsocket.timeout, "The read operation timed out"):
            client.recv(1)
        with self.assertRaisesRegex(uvsocket.timeout, "The write operation timed out"):
            client.sendall(bytes(30_000_000))
        client.settimeout(0)
        with self.assertRaises(ssl.SSLWantReadError):
            client.recv(1)
        with self.assertRaises(ssl.SSLWantWriteError):
            client.sendall(bytes(30_000_000))

    def test_handshake_timeout(self) -> None:
        a, _ = self.tcp_pair()
        a.settimeout(0.03)
        with self.assertRaisesRegex(uvsocket.timeout, "handshake operation timed out"):
            self.client_context.wrap_socket(a, server_hostname="localhost")

    def test_connect_and_accept(self) -> None:
        plain = uvsocket.create_server(("127.0.0.1", 0))
        with self.server_context.wrap_socket(plain, server_side=True) as server:

            def serve() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(connection.recv(100).upper())

            finish = self.thread(serve)
            with self.client_context.wrap_socket(
                uvsocket.socket(), server_hostname="localhost"
            ) as client:
                client.connect(server.getsockname())
                client.sendall(b"text")
                self.assertEqual(client.recv(100), b"TEXT")
                finish()
                self.assertEqual(client.recv(100), b"")

    def test_refused_certificate(self) -> None:
        a, b = self.tcp_pair()

        def serve() -> None:
            with self.assertRaises(OSError):
                self.server_context.wrap_socket(b, server_side=True).recv(1)

        finish = self.thread(serve)
        with self.assertRaises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(a, server_hostname="localhost")
        finish()

    def test_unwrap(self) -> None:
        client, server = self.tls_pair()
        finish = self.thread(server.unwrap)
        a = client.unwrap()
        b = finish()
        a.sendall(b"clear")
        self.assertEqual(b.recv(10), b"clear")
        a.close()
        b.close()

    def test_sendfile(self) -> None:
        client, server = self.tls_pair()
        with tempfile.TemporaryFile() as file:
            file.write(b"content" * 1000)
            file.seek(0)
            finish = self.thread(lambda: server.makefile("rb").read(7000))
            self.assertEqual(client.sendfile(file), 7000)
            self.assertEqual(finish(), b"content" * 1000)

    def test_close_while_waiting(self) -> None:
        client, _ = self.tls_pair()
        finish = self.thread(lambda: client.recv(1))
        time.sleep(0.05)
        client.close()
        with self.assertRaises(OSError):
            finish()

    def test_wrong_arguments_leave_the_socket_alone(self) -> None:
        a, b = self.tcp_pair()
        with self.assertRaises(ValueError):
            self.client_context.wrap_socket(a)
        b.sendall(b"x")
        self.assertEqual(a.recv(1), b"x")

    @needs_greenlet
    def test_tasks(self) -> None:
        plain = uvsocket.create_server(("127.0.0.1", 0), backlog=100)

        def echo(connection: Any) -> None:
            with self.server_context.wrap_socket(connection, server_side=True) as s:
                s.sendall(s.recv(100).upper())

        def serve() -> None:
            while True:
                uvsocket.spawn(echo, plain.accept()[0])

        def ask() -> bytes:
            connection = uvsocket.create_connection(plain.getsockname(), timeout=20)
            with self.client_context.wrap_socket(connection, server_hostname="localhost") as s:
                s.sendall(b"text")
                return s.recv(100)

        serving = uvsocket.spawn(serve)
        tasks = [uvsocket.spawn(ask) for _ in range(30)]
        self.assertEqual([task.result(30) for task in tasks], [b"TEXT"] * 30)
        serving.cancel()
        serving.join()
        plain.close()


if __name__ == "__main__":
    unittest.main()
