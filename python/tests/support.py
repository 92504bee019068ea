"""What the tests share."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple

import uvsocket

try:
    import greenlet
except ImportError:
    greenlet = None

needs_greenlet = unittest.skipIf(greenlet is None, "greenlet is not installed")


class Case(unittest.TestCase):
    """A test case that closes what it opens, and runs code in threads that it joins."""

    def pair(self, *args: Any) -> Tuple[uvsocket.socket, uvsocket.socket]:
        a, b = uvsocket.socketpair(*args)
        self.addCleanup(a.close)
        self.addCleanup(b.close)
        return a, b

    def tcp_pair(self) -> Tuple[uvsocket.socket, uvsocket.socket]:
        with uvsocket.create_server(("127.0.0.1", 0)) as server:
            client = uvsocket.create_connection(server.getsockname())
            self.addCleanup(client.close)
            other, _ = server.accept()
        self.addCleanup(other.close)
        return client, other

    def thread(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Run a function in a thread; the result waits for it and returns what it returned."""
        results: List[Any] = []
        errors: List[BaseException] = []

        def run() -> None:
            try:
                results.append(function())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def finish() -> Any:
            thread.join(20)
            self.assertFalse(thread.is_alive(), "the thread did not end in 20 seconds")
            if errors:
                raise errors[0]
            return results[0]

        return finish


def descriptors() -> int:
    """How many descriptors the process has open."""
    return len(os.listdir("/proc/self/fd"))


def certificate() -> Optional[str]:
    """The path of a file with a key and a certificate for localhost, None without openssl."""
    folder = Path(tempfile.mkdtemp(prefix="uvsocket-test-"))
    path = folder / "cert.pem"
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout", str(folder / "key.pem"), "-out", str(path),
    ]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    path.write_text((folder / "key.pem").read_text() + path.read_text())
    return str(path)
