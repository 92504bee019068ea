"""What the text protocols' servers share: a session of lines over a connection, a thread for each connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import Callable, Optional, Union


class Session:
    """One connection: reads lines, writes lines, can change to TLS."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket: socket.socket = connection
        self.file = connection.makefile("rb")
        self.encrypted = isinstance(connection, ssl.SSLSocket)

    def line(self) -> str:
        """The next line without its end; EOFError at the end of the connection."""
        data = self.file.readline()
        if not data:
            raise EOFError
        return data.rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes; EOFError if the connection ends before."""
        data = self.file.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def dotted(self) -> bytes:
        """The lines up to a line of one dot, with the doubled dots made single (SMTP's DATA, NNTP's POST)."""
        lines: list[bytes] = []
        while True:
            data = self.file.readline()
            if not data:
                raise EOFError
            if data in (b".\r\n", b".\n"):
                return b"".join(lines)
            lines.append(data[1:] if data.startswith(b"..") else data)

    def reply(self, text: Union[str, bytes]) -> None:
        """Send one line."""
        data = text.encode() if isinstance(text, str) else text
        self.socket.sendall(data + b"\r\n")

    def reply_dotted(self, lines: bytes) -> None:
        """Send lines, dots doubled, and the line of one dot that ends them."""
        out = [b"." + line if line.startswith(b".") else line for line in lines.splitlines()]
        self.socket.sendall(b"".join(line + b"\r\n" for line in [*out, b"."]))

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Make the TLS handshake and go on with an encrypted connection."""
        self.file.close()
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.file = self.socket.makefile("rb")
        self.encrypted = True

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self.file.close()
            self.socket.close()


def serve_connections(listener: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    """Accept for ever; call `handle(connection)` in a thread for each connection."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=(connection,), daemon=True).start()


def serve_sessions(listener: socket.socket, talk: Callable[[Session], None],
                   tls: Optional[ssl.SSLContext] = None) -> None:
    """Accept for ever; call `talk(session)` in a thread for each; with `tls`, encrypted from the start."""

    def handle(connection: socket.socket) -> None:
        try:
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            session = Session(connection)
        except OSError:
            connection.close()
            return
        try:
            talk(session)
        except (EOFError, OSError):
            pass
        finally:
            session.close()

    serve_connections(listener, handle)
