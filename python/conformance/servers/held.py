"""An HTTP server of one thread that answers only when a given number of requests wait: they are open at once."""

from __future__ import annotations

import select
import socket
import time

#: How long requests may wait for the others, in seconds; then they are answered with the status 503.
LIMIT = 60.0


class _Connection:
    """A client: what has come of its request."""

    __slots__ = ("socket", "data")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.data = b""


class HeldServer:
    """Accepts at several listening sockets; answers `GET /NAME` with `page NAME`, `together` requests at a time."""

    def __init__(self, listeners: list[socket.socket], together: int) -> None:
        self.together = together
        self.poll = select.epoll()
        self.listeners = {listener.fileno(): listener for listener in listeners}
        self.connections: dict[int, _Connection] = {}
        self.waiting: list[_Connection] = []
        self.since = 0.0
        for listener in listeners:
            listener.setblocking(False)
            self.poll.register(listener, select.EPOLLIN)

    def serve(self) -> None:
        """Serve for ever."""
        while True:
            for number, _ in self.poll.poll(1, 1024):
                if number in self.listeners:
                    self.accept(self.listeners[number])
                else:
                    self.receive(self.connections[number])
            if len(self.waiting) >= self.together:
                self.answer("200 OK")
            elif self.waiting and time.monotonic() - self.since > LIMIT:
                self.answer("503 Service Unavailable")

    def accept(self, listener: socket.socket) -> None:
        """Take the connections that wait."""
        while True:
            try:
                connection, _ = listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            self.connections[connection.fileno()] = _Connection(connection)
            self.poll.register(connection, select.EPOLLIN)

    def receive(self, connection: _Connection) -> None:
        """Read a part of a request; the request waits when it is complete."""
        try:
            data = connection.socket.recv(65536)
        except OSError:
            data = b""
        connection.data += data
        if not data:
            self.forget(connection)
        elif b"\r\n\r\n" in connection.data:
            self.since = self.since if self.waiting else time.monotonic()
            self.waiting.append(connection)
            self.poll.modify(connection.socket, 0)

    def answer(self, status: str) -> None:
        """Answer all requests that wait, and close their connections."""
        waiting, self.waiting = self.waiting, []
        for connection in waiting:
            body = b"page " + connection.data.split()[1][1:]
            head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            try:
                connection.socket.sendall(head.encode() + body)
            except OSError:
                pass
            self.forget(connection)

    def forget(self, connection: _Connection) -> None:
        """Close a connection."""
        number = connection.socket.fileno()
        if self.connections.pop(number, None) is not None:
            self.poll.unregister(number)
            connection.socket.close()
