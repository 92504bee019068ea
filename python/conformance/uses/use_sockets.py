"""Uses of sockets themselves: streams, files, descriptors, addresses."""

from __future__ import annotations

import errno
import io
import os
import pathlib
import socket
import threading
from typing import Any, Callable

from ..servers import Address
from .registry import expect, raises, use

DATA = bytes(range(256)) * 8192


def in_thread(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """Run the function in a thread; gives a function that joins it, and returns its result or raises its error."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function(*arguments))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def join() -> Any:
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    return join


def read_all(sock: socket.socket) -> bytes:
    return b"".join(iter(lambda: sock.recv(65536), b""))


def send_and_close(sock: socket.socket) -> None:
    sock.sendall(DATA)
    sock.close()


@use(".")
def file_modes() -> None:
    """makefile in text and binary modes, with each buffering."""
    for buffering, kind in ((0, socket.SocketIO), (-1, io.BufferedRWPair), (16, io.BufferedRWPair)):
        a, b = socket.socketpair()
        with a, b, a.makefile("rwb", buffering) as left, b.makefile("rb") as right:
            expect(type(left), kind)
            left.write(b"one\ntwo\n")
            left.flush()
            expect((right.readline(), right.readline()), (b"one\n", b"two\n"))
            b.sendall(b"back")
            expect(left.read(4), b"back")
    a, b = socket.socketpair()
    with a, b:
        with a.makefile("w", encoding="utf-8", newline="\r\n") as writer, b.makefile("r", encoding="utf-8") as reader:
            writer.write("\u00fc\nsecond\n")
            writer.flush()
            expect(reader.readline(), "\u00fc\n")
            writer.write("third")
            writer.flush()
            a.shutdown(socket.SHUT_WR)
            expect(reader.read(), "second\nthird")
    a, b = socket.socketpair()
    with a, b, a.makefile("rb") as reader:
        for wrong in ("x", "+"):
            try:
                a.makefile(wrong)  # type: ignore[call-overload]
            except ValueError:
                continue
            raise AssertionError(f"the mode {wrong} was taken")
        expect((reader.readable(), reader.writable(), reader.seekable()), (True, False, False))


@use(".")
def file_outlives_socket() -> None:
    """The descriptor stays open until the socket and its files are closed, in either order."""
    a, b = socket.socketpair()
    with b:
        file = a.makefile("rwb")
        number = a.fileno()
        a.close()
        expect(a.fileno(), number)
        b.sendall(b"to the file")
        expect(file.read(11), b"to the file")
        file.write(b"from the file")
        file.close()
        expect((a.fileno(), b.recv(100), b.recv(100)), (-1, b"from the file", b""))
        with raises(OSError) as caught:
            os.fstat(number)
        expect(caught.value.errno, errno.EBADF)


@use(".")
def file_large() -> None:
    """Two megabytes through files, more than the buffers hold."""
    a, b = socket.socketpair()
    with a, b:
        with a.makefile("wb") as writer, b.makefile("rb") as reader:
            join = in_thread(reader.read, len(DATA))
            expect(writer.write(DATA), len(DATA))
            writer.flush()
            expect(join(), DATA)


@use(".")
def file_timeout() -> None:
    """A timeout of a file's read is raised, and the next read is refused."""
    a, b = socket.socketpair()
    with a, b:
        a.settimeout(0.05)
        with a.makefile("rb") as reader:
            for text in ("timed out", "cannot read from timed out object"):
                with raises(OSError) as caught:
                    reader.read(1)
                expect(str(caught.value), text)


@use(".")
def stream_large() -> None:
    """sendall of two megabytes against recv, recv_into and a full buffer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as server:
            join = in_thread(read_all, server)
            client.sendall(DATA)
            client.shutdown(socket.SHUT_WR)
            expect(join(), DATA)
            buffer = bytearray(len(DATA))
            join = in_thread(send_and_close, server)
            view, got = memoryview(buffer), 0
            while got < len(DATA):
                count = client.recv_into(view[got:], min(100000, len(DATA) - got))
                expect(count > 0, True)
                got += count
            join()
            expect((bytes(buffer), client.recv(1)), (DATA, b""))


@use(".")
def stream_errors() -> None:
    """Reset, broken pipe, a refused connection, a call on a closed socket."""
    import struct

    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        client, server = socket.create_connection(address), listener.accept()[0]
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()
        with raises(ConnectionResetError):
            client.recv(1)
        with raises(BrokenPipeError):
            client.sendall(b"x")
        client.close()
    for call in (lambda: client.recv(1), lambda: client.sendall(b"x"), client.getsockname):
        with raises(OSError) as caught:
            call()
        expect(caught.value.errno, errno.EBADF)
    with socket.socket() as other:
        expect(other.connect_ex(address), errno.ECONNREFUSED)
        with raises(ConnectionRefusedError):
            other.connect(address)


@use(".")
def timeouts() -> None:
    """settimeout, gettimeout, setblocking; each call that waits times out; 0 does not wait."""
    a, b = socket.socketpair()
    with a, b, socket.create_server(("127.0.0.1", 0)) as listener:
        a.settimeout(0.03)
        listener.settimeout(0.03)
        expect((a.gettimeout(), a.getblocking(), a.timeout), (0.03, True, 0.03))
        calls: list[Callable[[], Any]] = [
            lambda: a.recv(1), lambda: a.recv_into(bytearray(1)), lambda: a.recvfrom(1), lambda: a.recvmsg(1),
            lambda: a.recvfrom_into(bytearray(1)), lambda: a.recvmsg_into([bytearray(1)]), listener.accept,
            lambda: a.sendall(DATA), lambda: a.send(b"x"), lambda: a.sendmsg([b"x"])]
        for wanted in ("timed out", "would block"):
            for number, call in enumerate(calls):
                try:
                    call()
                except socket.timeout as error:
                    expect((wanted, number, str(error)), ("timed out", number, "timed out"))
                except BlockingIOError as error:
                    expect((wanted, number, error.errno), ("would block", number, errno.EAGAIN))
                else:
                    raise AssertionError(f"call {number} returned")
            a.setblocking(False)
            listener.settimeout(0)
            expect((a.gettimeout(), a.getblocking()), (0.0, False))
        a.setblocking(True)
        expect((a.gettimeout(), a.getblocking()), (None, True))
    for wrong in (-1, "1"):
        with socket.socket() as sock:
            try:
                sock.settimeout(wrong)  # type: ignore[arg-type]
            except (ValueError, TypeError):
                continue
            raise AssertionError(f"the timeout {wrong!r} was taken")


@use(".")
def default_timeout() -> None:
    socket.setdefaulttimeout(0.05)
    try:
        a, b = socket.socketpair()
        with a, b, socket.create_server(("127.0.0.1", 0)) as listener:
            expect((a.gettimeout(), listener.gettimeout(), socket.getdefaulttimeout()), (0.05, 0.05, 0.05))
            with socket.create_connection(listener.getsockname(), timeout=None) as client:
                expect(client.gettimeout(), None)
                expect(listener.accept()[0].gettimeout(), 0.05)
            with raises(socket.timeout):
                a.recv(1)
    finally:
        socket.setdefaulttimeout(None)


@use(no_explicit="it replaces getaddrinfo in the module socket")
def connect_several() -> None:
    """create_connection tries each address of a name: the first refuses, the second takes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        original = socket.getaddrinfo

        def two(host: Any, *arguments: Any, **options: Any) -> Any:
            return [answer for name in ("127.0.0.2", "127.0.0.1") for answer in original(name, *arguments, **options)]

        with socket.socket() as probe:
            expect(probe.connect_ex(("127.0.0.2", port)), errno.ECONNREFUSED)
        socket.getaddrinfo = two
        try:
            with socket.create_connection(("several.test", port), 5, ("127.0.0.1", 0)) as client:
                expect((client.getpeername(), client.gettimeout()), (("127.0.0.1", port), 5.0))
        finally:
            socket.getaddrinfo = original


@use(".")
def server_options() -> None:
    """create_server with reuse_port and with both families, from a client of each."""
    with socket.create_server(("127.0.0.1", 0), backlog=5, reuse_port=True) as listener:
        with socket.create_server(listener.getsockname(), reuse_port=True):
            pass
    if not socket.has_dualstack_ipv6():
        raise AssertionError("no dual stack on this machine")
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, listener.getsockname()[1])) as client:
                server, address = listener.accept()
                with server:
                    expect(address[0].rpartition(":")[2] in ("127.0.0.1", "1"), True)
                    client.sendall(b"text")
                    expect(server.recv(10), b"text")


@use(".", makes_sockets=False)
def resolving() -> None:
    """getaddrinfo, getnameinfo, gethostby…, names that do not exist."""
    infos = socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)
    expect(infos, [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))])
    expect(socket.getaddrinfo("127.0.0.1", "http", type=socket.SOCK_STREAM)[0][4], ("127.0.0.1", 80))
    expect(socket.getaddrinfo(None, 0, flags=socket.AI_PASSIVE, type=socket.SOCK_STREAM)[0][4][1], 0)
    expect(socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST), ("127.0.0.1", "http"))
    expect(socket.gethostbyname("localhost"), "127.0.0.1")
    expect(socket.gethostbyname_ex("127.0.0.1"), ("127.0.0.1", [], ["127.0.0.1"]))
    expect(isinstance(socket.gethostbyaddr("127.0.0.1")[0], str), True)
    expect(isinstance(socket.getfqdn(), str), True)
    for call in (lambda: socket.getaddrinfo("name.invalid", 1), lambda: socket.gethostbyname("name.invalid")):
        with raises(socket.gaierror) as caught:
            call()
        expect(caught.value.errno in (socket.EAI_NONAME, socket.EAI_AGAIN), True)


@use(".")
def half_close(web: Address) -> None:
    """After shutdown(SHUT_WR) the answer still arrives."""
    with socket.create_connection(web) as client:
        client.sendall(b"GET /large HTTP/1.0\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        expect(len(read_all(client)) > len(DATA), True)


@use(".")
def send_file(directory: pathlib.Path) -> None:
    """sendfile of a whole file and of a part, with a timeout, and of a file without a descriptor."""
    path = directory / "file"
    path.write_bytes(DATA)
    for offset, count, timeout in ((0, None, None), (1000, 500000, 5.0)):
        wanted = DATA[offset:][:count]
        a, b = socket.socketpair()
        with a, b, path.open("rb") as file:
            a.settimeout(timeout)
            join = in_thread(read_all, b)
            expect(a.sendfile(file, offset, count), len(wanted))
            expect(file.tell(), offset + len(wanted))
            a.close()
            expect(join(), wanted)
    a, b = socket.socketpair()
    with a, b, path.open("rb") as file:
        a.settimeout(0.05)
        with raises(socket.timeout):
            while True:
                a.sendfile(file)
                file.seek(0)
    a, b = socket.socketpair()
    with a, b:
        join = in_thread(read_all, b)
        expect(a.sendfile(io.BytesIO(DATA)), len(DATA))
        a.close()
        expect(join(), DATA)
