"""Uses of descriptors and datagrams: dup, detach, ancillary data, UDP, unix datagrams, select and selectors."""

from __future__ import annotations

import array
import contextlib
import errno
import os
import pathlib
import select
import selectors
import socket
import threading
import time

from .registry import expect, raises, use
from .use_sockets import in_thread


@use(".")
def dup_socket() -> None:
    """A duplicate has its own descriptor and the timeout; the connection stays until both are closed."""
    a, b = socket.socketpair()
    with b:
        a.settimeout(5)
        copy = a.dup()
        expect((copy.gettimeout(), copy.fileno() != a.fileno(), type(copy)), (5.0, True, type(a)))
        a.close()
        copy.sendall(b"text")
        expect(b.recv(10), b"text")
        b.sendall(b"back")
        expect(copy.recv(10), b"back")
        copy.close()
        expect(b.recv(10), b"")


@use(".")
def detach_socket() -> None:
    """detach gives a blocking descriptor away; fromfd and socket(fileno=...) take one."""
    a, b = socket.socketpair()
    with b:
        join = in_thread(b.recv, 10)
        a.sendall(b"x")
        expect(join(), b"x")
        number = a.detach()
        expect((a.fileno(), os.get_blocking(number)), (-1, True))
        threading.Timer(0.05, b.sendall, [b"late"]).start()
        expect(os.read(number, 10), b"late")
        with socket.fromfd(number, socket.AF_UNIX, socket.SOCK_STREAM) as copy:
            expect(copy.fileno() != number, True)
            copy.sendall(b"copy")
        expect(b.recv(10), b"copy")
        with socket.socket(fileno=number) as again:
            expect((again.family, again.type, again.fileno()), (socket.AF_UNIX, socket.SOCK_STREAM, number))
            threading.Timer(0.05, b.sendall, [b"again"]).start()
            expect(again.recv(10), b"again")
        expect(b.recv(10), b"")


@use(".")
def pass_descriptors() -> None:
    """sendmsg and recvmsg with a descriptor in the ancillary data; several buffers; recvmsg_into."""
    a, b = socket.socketpair()
    with a, b:
        read_end, write_end = os.pipe()
        join = in_thread(b.recvmsg, 100, socket.CMSG_LEN(4))
        time.sleep(0.02)
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [write_end]))]
        expect(a.sendmsg([b"one", b"two"], ancillary), 6)
        data, received, flags, _ = join()
        expect((data, len(received)), (b"onetwo", 1))
        other = array.array("i", received[0][2])[0]
        os.close(write_end)
        os.write(other, b"through the pipe")
        os.close(other)
        expect(os.read(read_end, 100), b"through the pipe")
        os.close(read_end)
        b.sendall(b"123456")
        first, second = bytearray(4), bytearray(4)
        expect(a.recvmsg_into([first, second])[0], 6)
        expect((bytes(first), bytes(second[:2])), (b"1234", b"56"))


@use(".")
def send_descriptors() -> None:
    """The functions send_fds and recv_fds of the module."""
    a, b = socket.socketpair()
    with a, b:
        ends = os.pipe()
        socket.send_fds(a, [b"two"], list(ends))
        data, numbers, _, _ = socket.recv_fds(b, 100, 5)
        expect((data, len(numbers)), (b"two", 2))
        os.write(numbers[1], b"text")
        expect(os.read(ends[0], 10), b"text")
        for number in [*ends, *numbers]:
            os.close(number)


@use(".")
def udp() -> None:
    """sendto, recvfrom, recvfrom_into, connected datagrams, a timeout, MSG_PEEK and MSG_DONTWAIT."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
        a.bind(("127.0.0.1", 0))
        b.bind(("127.0.0.1", 0))
        join = in_thread(b.recvfrom, 100)
        time.sleep(0.02)
        expect(a.sendto(b"first", b.getsockname()), 5)
        expect(join(), (b"first", a.getsockname()))
        b.connect(a.getsockname())
        b.send(b"second")
        buffer = bytearray(10)
        expect(a.recvfrom_into(buffer), (6, b.getsockname()))
        b.send(b"third")
        expect((a.recv(100, socket.MSG_PEEK), a.recv(100)), (b"third", b"third"))
        with raises(BlockingIOError):
            a.recv(1, socket.MSG_DONTWAIT)
        with raises(BlockingIOError):
            a.recvfrom(1, socket.MSG_DONTWAIT)
        with raises(BlockingIOError):
            a.recvmsg(1, 0, socket.MSG_DONTWAIT)
        a.settimeout(0.03)
        with raises(socket.timeout):
            a.recvfrom(1)


@use(".")
def unix_datagrams(directory: pathlib.Path) -> None:
    """A receiver that does not read makes the sender wait, until it reads."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
            receiver.bind(str(directory / "receiver"))
            sender.connect(str(directory / "receiver"))

            def send() -> None:
                for number in range(500):
                    sender.send(b"%d" % number)

            join = in_thread(send)
            time.sleep(0.05)
            for number in range(500):
                expect(receiver.recv(100), b"%d" % number)
            join()
        with raises(ConnectionRefusedError):
            sender.send(b"x")


@use(".")
def close_while_waiting() -> None:
    """shutdown by another thread ends a recv and an accept that wait."""
    a, b = socket.socketpair()
    with a, b:
        join = in_thread(a.recv, 1)
        time.sleep(0.05)
        a.shutdown(socket.SHUT_RDWR)
        expect(join(), b"")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        join = in_thread(listener.accept)
        time.sleep(0.05)
        listener.shutdown(socket.SHUT_RDWR)
        with raises(OSError) as caught:
            join()
        expect(caught.value.errno, errno.EINVAL)


@use(".")
def select_sockets() -> None:
    """select.select with sockets and a pipe, with a timeout, and with an event that comes later."""
    a, b = socket.socketpair()
    read_end, write_end = os.pipe()
    with a, b, contextlib.ExitStack() as stack:
        stack.callback(os.close, read_end)
        stack.callback(os.close, write_end)
        start = time.monotonic()
        expect(select.select([a, read_end], [], [], 0.05), ([], [], []))
        expect(time.monotonic() - start >= 0.045, True)
        expect(select.select([a], [a, write_end], [], 5), ([], [a, write_end], []))
        timer = threading.Timer(0.05, b.sendall, [b"x"])
        timer.start()
        expect(select.select([read_end, a], [], []), ([a], [], []))
        timer.join()
        os.write(write_end, b"x")
        expect(select.select([read_end, a.fileno()], [], [], 0), ([read_end, a.fileno()], [], []))
        with raises(ValueError, OSError):
            select.select([10**6], [], [], 0)


@use(".")
def poll_sockets() -> None:
    """select.poll: register, modify, unregister, hang-up."""
    a, b = socket.socketpair()
    with a:
        poll = select.poll()
        poll.register(a, select.POLLIN)
        expect(poll.poll(20), [])
        threading.Timer(0.05, b.sendall, [b"x"]).start()
        expect(poll.poll(), [(a.fileno(), select.POLLIN)])
        poll.modify(a, select.POLLOUT)
        expect(poll.poll(5000), [(a.fileno(), select.POLLOUT)])
        poll.modify(a, select.POLLIN)
        a.recv(1)
        threading.Timer(0.05, b.close).start()
        expect(bool(poll.poll(5000)[0][1] & select.POLLHUP), True)
        poll.unregister(a)
        expect(poll.poll(10), [])


@use(".")
def selector_echo() -> None:
    """A server of one thread by a selector, with ten clients; each kind of selector."""
    for kind in (selectors.DefaultSelector, selectors.SelectSelector, selectors.PollSelector):
        with kind() as selector, socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            selector.register(listener, selectors.EVENT_READ, "listener")
            expect(selector.select(0.01), [])
            join = in_thread(talk_to_echo, listener.getsockname())
            ended = 0
            while ended < 10:
                for key, events in selector.select(5):
                    expect(events, selectors.EVENT_READ)
                    if key.data == "listener":
                        connection = listener.accept()[0]
                        connection.setblocking(False)
                        selector.register(connection, selectors.EVENT_READ)
                        continue
                    assert isinstance(key.fileobj, socket.socket)
                    data = key.fileobj.recv(100)
                    if data:
                        key.fileobj.send(data)
                    else:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
                        ended += 1
            join()


def talk_to_echo(address: tuple[str, int]) -> None:
    """Ten connections at once, some messages on each."""
    socks = [socket.create_connection(address, 5) for _ in range(10)]
    for number in range(5):
        for sock in socks:
            sock.sendall(b"message %d" % number)
        for sock in socks:
            expect(sock.recv(100), b"message %d" % number)
    for sock in socks:
        sock.close()


@use(".")
def nonblocking_connect() -> None:
    """connect_ex of a non-blocking socket, select for writing, SO_ERROR."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.setblocking(False)
        expect(client.connect_ex(listener.getsockname()) in (0, errno.EINPROGRESS), True)
        expect(select.select([], [client], [], 5)[1], [client])
        expect(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)
        server = listener.accept()[0]
        server.close()
        expect(select.select([client], [], [], 5)[0], [client])
        expect(client.recv(1), b"")
