"""Uses of socketserver, logging's handlers, multiprocessing.connection, asyncio and subprocess."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import logging.handlers
import multiprocessing
import multiprocessing.connection
import os
import pathlib
import pickle
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from typing import Any, Iterator

from ..servers import Address
from .registry import expect, raises, use

SERVER = (".", "socketserver", "selectors")


class Lines(socketserver.StreamRequestHandler):
    """Answers each line in upper case, with the number of its process."""

    def handle(self) -> None:
        for line in self.rfile:
            self.wfile.write(b"%d " % os.getpid() + line.upper())


class Datagrams(socketserver.BaseRequestHandler):
    """Answers a datagram in upper case."""

    def handle(self) -> None:
        data, sock = self.request
        sock.sendto(data.upper(), self.client_address)


@contextlib.contextmanager
def running(server: socketserver.BaseServer) -> Iterator[Any]:
    """Serve in a thread while the context lasts; gives the server's address."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask_lines(sock: socket.socket, count: int = 20) -> set[int]:
    """Send lines, check the answers; the numbers of the processes that answered."""
    numbers = set()
    with sock, sock.makefile("rwb") as file:
        for number in range(count):
            line = b"line %d\n" % number
            file.write(line)
            file.flush()
            pid, _, answer = file.readline().partition(b" ")
            expect(answer, line.upper())
            numbers.add(int(pid))
        sock.shutdown(socket.SHUT_WR)
        expect(file.readline(), b"")
    return numbers


@use(*SERVER)
def server_tcp() -> None:
    with running(socketserver.TCPServer(("127.0.0.1", 0), Lines)) as address:
        for _ in range(3):
            expect(ask_lines(socket.create_connection(address)), {os.getpid()})


@use(*SERVER)
def server_threading() -> None:
    """Ten connections are open at once; each has its own thread."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Lines)
    server.daemon_threads = True
    with running(server) as address:
        socks = [socket.create_connection(address) for _ in range(10)]
        for sock in reversed(socks):
            expect(ask_lines(sock), {os.getpid()})


@use(*SERVER)
def server_forking() -> None:
    """Each connection has its own process."""
    with running(socketserver.ForkingTCPServer(("127.0.0.1", 0), Lines)) as address:
        socks = [socket.create_connection(address) for _ in range(3)]
        numbers = [ask_lines(sock) for sock in socks]
    expect(len({number for some in numbers for number in some} | {os.getpid()}), 4)


@use(*SERVER)
def server_udp() -> None:
    with running(socketserver.UDPServer(("127.0.0.1", 0), Datagrams)) as address:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            for number in range(20):
                sock.sendto(b"datagram %d" % number, address)
                expect(sock.recvfrom(100), (b"DATAGRAM %d" % number, address))


@use(*SERVER)
def server_unix(directory: pathlib.Path) -> None:
    with running(socketserver.ThreadingUnixStreamServer(str(directory / "stream"), Lines)) as path:
        for _ in range(3):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(path)
            ask_lines(sock)
    with running(socketserver.UnixDatagramServer(str(directory / "datagram"), Datagrams)) as path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(str(directory / "client"))
            sock.sendto(b"text", path)
            expect(sock.recvfrom(100), (b"TEXT", path))


@use(".", "logging.handlers")
def log_socket() -> None:
    """SocketHandler sends pickled records; the receiver reads them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        handler = logging.handlers.SocketHandler(*listener.getsockname())
        logger = logging.Logger("test")
        logger.addHandler(handler)
        logger.error("number %d", 1)
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as file:
            logger.error("number %d", 2)
            for number in (1, 2):
                size = struct.unpack(">L", file.read(4))[0]
                record = logging.makeLogRecord(pickle.loads(file.read(size)))
                expect(record.getMessage(), f"number {number}")
            handler.close()
            expect(file.read(), b"")


@use(".", "logging.handlers")
def log_syslog(directory: pathlib.Path) -> None:
    """SysLogHandler by UDP and by a unix datagram socket; DatagramHandler."""
    path = str(directory / "log")
    for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, path)):
        with socket.socket(family, socket.SOCK_DGRAM) as receiver:
            receiver.bind(address)
            receiver.settimeout(5)
            handler = logging.handlers.SysLogHandler(receiver.getsockname())
            logger = logging.Logger("test")
            logger.addHandler(handler)
            logger.warning("text")
            expect(receiver.recv(1000), b"<12>text\0")
            handler.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        datagrams = logging.handlers.DatagramHandler(*receiver.getsockname())
        datagrams.handle(logging.makeLogRecord({"msg": "text"}))
        expect(logging.makeLogRecord(pickle.loads(receiver.recv(10000)[4:])).getMessage(), "text")
        datagrams.close()


@use("multiprocessing.connection")
def multiprocessing_connection(directory: pathlib.Path) -> None:
    """Listener and Client by TCP and unix sockets, with a key; they detach the sockets and read the descriptors."""
    for address in (("127.0.0.1", 0), str(directory / "listener")):
        with multiprocessing.connection.Listener(address, authkey=b"key") as listener:

            def serve() -> None:
                with listener.accept() as connection:
                    while True:
                        try:
                            connection.send(connection.recv() * 2)
                        except EOFError:
                            return

            thread = threading.Thread(target=serve)
            thread.start()
            with multiprocessing.connection.Client(listener.address, authkey=b"key") as client:
                for value in (1, "text", b"bytes" * 100000):
                    client.send(value)
                    expect(client.recv(), value * 2)
                client.send("late")
                expect(multiprocessing.connection.wait([client], 5), [client])
                expect(client.recv(), "latelate")
            thread.join()


@use("multiprocessing.connection", makes_sockets=False)
def multiprocessing_processes() -> None:
    """A pool of processes, a pipe and a queue, with the start method fork."""
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        expect(pool.map(abs, range(-50, 0)), list(range(50, 0, -1)))
    ours, theirs = context.Pipe()
    queue = context.Queue()
    process = context.Process(target=answer_pipe, args=(theirs, queue))
    process.start()
    ours.send("text")
    expect((ours.recv(), queue.get(timeout=5)), ("TEXT", "queued"))
    process.join()
    expect(process.exitcode, 0)


def answer_pipe(connection: Any, queue: Any) -> None:
    """The process of the use above."""
    connection.send(connection.recv().upper())
    queue.put("queued")


@use(no_explicit="asyncio makes its own sockets", makes_sockets=False)
def asyncio_beside(web: Address) -> None:
    """asyncio's loop, which has its own selector and sockets, does what it did: streams, a timeout, a thread."""

    async def fetch() -> bytes:
        reader, writer = await asyncio.open_connection(*web)
        writer.write(b"GET /hello HTTP/1.0\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer.rpartition(b"\r\n\r\n")[2]

    async def program() -> None:
        expect(await asyncio.gather(*[fetch() for _ in range(10)]), [b"hello"] * 10)
        with raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(5), 0.05)
        loop = asyncio.get_running_loop()
        expect(await loop.run_in_executor(None, sum, [1, 2]), 3)
        infos = await loop.getaddrinfo("127.0.0.1", web.port, type=socket.SOCK_STREAM)
        expect(infos[0][4], tuple(web))

        async def upper(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write((await reader.readline()).upper())
            writer.close()

        server = await asyncio.start_server(upper, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"line\n")
        expect(await reader.read(), b"LINE\n")
        writer.close()
        server.close()

    asyncio.run(program())


@use(no_explicit="subprocess makes no sockets", makes_sockets=False)
def subprocess_beside() -> None:
    """Input, output and both error ways of subprocess, a timeout, a child that fails."""
    script = "import sys; data = sys.stdin.read(); print(data.upper(), end=''); sys.stderr.write('e' * 100000)"
    done = subprocess.run([sys.executable, "-S", "-c", script], input="x" * 200000, capture_output=True, text=True)
    expect((done.returncode, done.stdout, done.stderr), (0, "X" * 200000, "e" * 100000))
    start = time.monotonic()
    with raises(subprocess.TimeoutExpired):
        subprocess.run(["sleep", "5"], timeout=0.1, capture_output=True)
    expect(time.monotonic() - start < 3, True)
    expect(subprocess.call(["false"]), 1)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"line\n")
        process.stdin.flush()
        expect(process.stdout.readline(), b"line\n")
