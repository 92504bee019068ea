"""The client of bench.py: `python -m conformance.bench_client KIND CONNECTIONS SECONDS PORT`, a measurement a process.

KIND is `plain`, `uvsocket`, `uvsocket-turn` or `gevent`; `plain` and `uvsocket-turn` have one connection and no
greenlet. Prints a line of JSON: requests per second, and the resident memory of an idle connection in bytes.
"""

from __future__ import annotations

import functools
import json
import resource
import sys
import time
from typing import Any, Callable, NamedTuple

REQUEST = b"GET /page HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n"
HEAD_END = b"\r\n\r\n"
LENGTH = b"Content-Length: "

#: How long after the connections are made the memory is measured and the requests begin, in seconds.
PAUSE = 0.3


class Client(NamedTuple):
    """A module of sockets, its sleep, and how functions run at once: `run_all(functions)` returns when all have."""

    socket: Any
    sleep: Callable[[float], Any]
    run_all: Callable[[list[Callable[[], None]]], None]


def read_answer(sock: Any) -> None:
    """Receive until one answer is complete: the head, and as many bytes as it says."""
    data = sock.recv(65536)
    while True:
        end = data.find(HEAD_END)
        if end >= 0:
            at = data.index(LENGTH, 0, end) + len(LENGTH)
            if len(data) >= end + len(HEAD_END) + int(data[at:data.index(b"\r", at)]):
                return
        part = sock.recv(65536)
        if not part:
            raise EOFError("the server closed the connection")
        data += part


def requests(sock: Any, until: float) -> int:
    """Read the answer to a request that was sent, then send requests and read answers; the number of answers."""
    read_answer(sock)
    count = 1
    while time.monotonic() < until:
        sock.sendall(REQUEST)
        read_answer(sock)
        count += 1
    return count


def memory() -> int:
    """The resident memory of this process, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def measure(client: Client, connections: int, seconds: float, port: int) -> dict[str, float]:
    """Open the connections; let each wait in recv, and measure the memory; then send requests for some seconds."""
    pair = client.socket.socketpair()
    client.run_all([lambda: pair[0].sendall(b"x"), lambda: pair[1].recv(1)])  # makes the loop
    before = memory()
    socks: list[Any] = []
    counts = [0] * connections
    start = size = 0.0

    def connect() -> None:
        sock = client.socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(client.socket.IPPROTO_TCP, client.socket.TCP_NODELAY, 1)
        socks.append(sock)

    def begin() -> None:
        """Runs beside the functions that wait: sends the first request of each connection."""
        nonlocal start, size
        client.sleep(PAUSE)
        size = memory()
        start = time.monotonic()
        for sock in socks:
            sock.sendall(REQUEST)

    def exchange(number: int) -> None:
        if start == 0:
            socks[number].recv(1, client.socket.MSG_PEEK)  # until the answer to the first request is there
        counts[number] = requests(socks[number], start + seconds)

    client.run_all([connect] * connections)
    client.run_all([begin, *(functools.partial(exchange, number) for number in range(connections))])
    return {"rate": sum(counts) / (time.monotonic() - start), "memory": (size - before) / connections}


def in_turn(functions: list[Callable[[], None]]) -> None:
    """Run the functions one after the other."""
    for function in functions:
        function()


def make_client(kind: str) -> Client:
    """The module of sockets of a kind."""
    if kind == "plain":
        import socket

        return Client(socket, time.sleep, in_turn)
    if kind == "gevent":
        import gevent
        import gevent.socket

        def join_all(functions: list[Callable[[], None]]) -> None:
            gevent.joinall([gevent.spawn(function) for function in functions], raise_error=True)

        return Client(gevent.socket, gevent.sleep, join_all)
    import uvsocket

    if kind == "uvsocket-turn":
        return Client(uvsocket, time.sleep, in_turn)

    def run_all(functions: list[Callable[[], None]]) -> None:
        for task in [uvsocket.spawn(function) for function in functions]:
            task.result()

    return Client(uvsocket, uvsocket.sleep, run_all)


def main(kind: str, connections: int, seconds: float, port: int) -> int:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(json.dumps(measure(make_client(kind), connections, seconds, port)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
