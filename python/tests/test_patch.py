"""patch and unpatch, and the standard library under patch."""

from __future__ import annotations

import asyncio
import ftplib
import http.client
import http.server
import multiprocessing
import select
import selectors
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
import types
import unittest
import urllib.request
from typing import Any, Dict, List

import uvsocket
from support import Case, needs_greenlet

MODULES = (socket, ssl, select, selectors, socketserver, subprocess, time)


def state() -> List[Dict[str, Any]]:
    return [dict(vars(thing)) for thing in (*MODULES, ssl.SSLContext)]


class Patching(Case):
    def test_exact(self) -> None:
        before = state()
        uvsocket.patch()
        try:
            during = state()
            self.assertIs(socket.socket, uvsocket.socket)
            self.assertIs(ssl.SSLContext.sslsocket_class, uvsocket.ssl.SSLSocket)
            self.assertIsNot(select.select, before[2]["select"])
            self.assertIsNot(selectors.DefaultSelector, before[3]["DefaultSelector"])
            self.assertIsNot(time.sleep, before[6]["sleep"])
            uvsocket.patch()
            self.assertEqual(state(), during)
        finally:
            uvsocket.unpatch()
        self.assertEqual(state(), before)
        uvsocket.unpatch()
        self.assertEqual(state(), before)

    def test_context_manager(self) -> None:
        before = state()
        with uvsocket.patched():
            self.assertIs(socket.socket, uvsocket.socket)
            with uvsocket.patched():
                pass
            self.assertIs(socket.socket, uvsocket.socket)
        self.assertEqual(state(), before)

    def test_named_modules(self) -> None:
        before = dict(vars(ftplib)), dict(vars(http.client)), state()
        module = types.ModuleType("example")
        module.socket = socket.socket  # type: ignore[attr-defined]
        module.select = select  # type: ignore[attr-defined]
        uvsocket.patch(ftplib, http.client, module)
        try:
            self.assertEqual(state(), before[2])
            self.assertIs(ftplib.socket.socket, uvsocket.socket)
            self.assertIs(module.select, uvsocket.select)
        finally:
            uvsocket.unpatch()
        self.assertEqual((dict(vars(ftplib)), dict(vars(http.client)), state()), before)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).upper()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline().upper())


class Library(Case):
    def setUp(self) -> None:
        uvsocket.patch()
        self.addCleanup(uvsocket.unpatch)

    def serve(self, server: Any) -> Any:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join(20)
            server.server_close()
            self.assertFalse(thread.is_alive())

        self.addCleanup(stop)
        return server

    def test_http(self) -> None:
        server = self.serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        self.assertIsInstance(server.socket, uvsocket.socket)
        url = f"http://localhost:{server.server_port}/"
        for _ in range(3):
            with urllib.request.urlopen(url, b"text", timeout=20) as response:
                self.assertEqual(response.read(), b"TEXT")
        connection = http.client.HTTPConnection("localhost", server.server_port, timeout=20)
        for _ in range(3):
            connection.request("POST", "/", b"again")
            self.assertEqual(connection.getresponse().read(), b"AGAIN")
        self.assertIsInstance(connection.sock, uvsocket.socket)
        connection.close()

    @needs_greenlet
    def test_http_in_tasks(self) -> None:
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 100

        url = f"http://localhost:{self.serve(Server(('127.0.0.1', 0), Handler)).server_port}/"

        def ask() -> Any:
            with urllib.request.urlopen(url, b"text", timeout=20) as response:
                return response.read()

        tasks = [uvsocket.spawn(ask) for _ in range(20)]
        self.assertEqual([task.result(30) for task in tasks], [b"TEXT"] * 20)

    def test_threading_and_forking_servers(self) -> None:
        for kind in (socketserver.ThreadingTCPServer, socketserver.ForkingTCPServer):
            with self.subTest(kind):
                server = self.serve(kind(("127.0.0.1", 0), Echo))
                for _ in range(3):
                    with socket.create_connection(server.server_address, timeout=20) as s:
                        s.sendall(b"line\n")
                        self.assertEqual(s.makefile("rb").read(), b"LINE\n")

    def test_asyncio(self) -> None:
        server = self.serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo))

        async def main() -> bytes:
            reader, writer = await asyncio.open_connection(*server.server_address)
            writer.write(b"line\n")
            answer = await reader.read()
            writer.close()
            await asyncio.sleep(0.01)
            name = await asyncio.get_running_loop().run_in_executor(None, socket.gethostname)
            return answer + name.encode()

        self.assertEqual(asyncio.run(main()), b"LINE\n" + socket.gethostname().encode())

    def test_subprocess(self) -> None:
        code = "import sys; data = sys.stdin.read(); print(data.upper()); print('e', file=sys.stderr)"
        done = subprocess.run(
            [sys.executable, "-c", code], input="x" * 200_000, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        self.assertEqual((done.stdout, done.stderr), ("X" * 200_000 + "\n", "e\n"))
        with self.assertRaises(subprocess.TimeoutExpired):
            subprocess.run(["sleep", "5"], timeout=0.05)

    def test_multiprocessing(self) -> None:
        context = multiprocessing.get_context("fork")
        a, b = context.Pipe()
        process = context.Process(target=lambda: b.send(b.recv() + 1))
        process.start()
        a.send(41)
        self.assertTrue(a.poll(20))
        self.assertEqual(a.recv(), 42)
        process.join(20)
        self.assertEqual(process.exitcode, 0)
        for end in (a, b):
            end.close()

    @needs_greenlet
    def test_sleep_lets_others_run(self) -> None:
        start = time.monotonic()
        tasks = [uvsocket.spawn(time.sleep, 0.1) for _ in range(10)]
        uvsocket.wait(tasks)
        self.assertLess(time.monotonic() - start, 0.5)

    def test_sleep_in_a_thread(self) -> None:
        start = time.monotonic()
        self.thread(lambda: (time.sleep(0.05), 1))()
        self.assertGreaterEqual(time.monotonic() - start, 0.05)

    def test_modules_imported_under_patch(self) -> None:
        code = (
            "import uvsocket; uvsocket.patch()\n"
            "import socketserver, ssl, selectors, http.client, smtplib, ftplib, socket\n"
            "assert issubclass(socketserver._ServerSelector, selectors.BaseSelector)\n"
            "a, b = socket.socketpair(); assert type(a) is uvsocket.socket\n"
            "context = ssl.create_default_context()\n"
            "context.options |= ssl.OP_NO_TLSv1_2; context.verify_mode = ssl.CERT_REQUIRED\n"
            "context.minimum_version = ssl.TLSVersion.TLSv1_2\n"
            "uvsocket.unpatch(); import selectors as s\n"
            "assert socketserver._ServerSelector is s.PollSelector\n"
            "print('as it should')\n"
        )
        done = subprocess.run(
            [sys.executable, "-W", "error::ResourceWarning", "-c", code],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        self.assertEqual(done.stdout, "as it should\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
