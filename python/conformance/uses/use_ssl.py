"""Uses of the module ssl on both sides of a connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import Any, Callable, Iterator, Optional

from ..certs import Certificates
from ..servers import Address
from .registry import expect, raises, use
from .use_sockets import DATA, in_thread, read_all


def server_context(cert: Certificates, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(getattr(cert, name))
    return context


def client_context(cert: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cert.ca)
    return context


@contextlib.contextmanager
def tls_pair(cert: Certificates, server: Optional[ssl.SSLContext] = None, client: Optional[ssl.SSLContext] = None,
             name: str = "localhost") -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """A client's and a server's end of a TLS connection; the handshake of the server is made in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = socket.create_connection(listener.getsockname())
        accepted = listener.accept()[0]
        join = in_thread(lambda: (server or server_context(cert)).wrap_socket(accepted, server_side=True))
        with (client or client_context(cert)).wrap_socket(plain, server_hostname=name) as ours, join() as theirs:
            yield ours, theirs


@use(".")
def tls_transfer(cert: Certificates) -> None:
    """Two megabytes each way; recv_into, makefile, peer certificate, pending."""
    with tls_pair(cert) as (client, server):
        expect(isinstance(client, ssl.SSLSocket), True)
        expect(client.getpeercert()["subject"], ((("commonName", "localhost"),),))  # type: ignore[index]
        expect(client.version() in ("TLSv1.2", "TLSv1.3"), True)
        with server.makefile("rb") as file:
            join = in_thread(file.read, len(DATA))
            client.sendall(DATA)
            expect(join(), DATA)
        join = in_thread(server.sendall, DATA)
        buffer = bytearray(len(DATA))
        view, got = memoryview(buffer), 0
        while got < len(DATA):
            got += client.recv_into(view[got:])
        join()
        expect(bytes(buffer), DATA)
        server.sendall(b"abcdef")
        expect((client.read(2), client.pending(), client.recv(10)), (b"ab", 4, b"cdef"))


@use(".")
def tls_unwrap(cert: Certificates) -> None:
    """After unwrap on both sides the connection goes on without TLS."""
    with tls_pair(cert) as (client, server):
        join = in_thread(server.unwrap)
        plain = client.unwrap()
        other = join()
        with plain, other:
            expect((client.version(), server.version()), (None, None))
            threading.Timer(0.03, plain.sendall, [b"in the clear"]).start()
            expect(other.recv(100), b"in the clear")


@use(".")
def tls_names(cert: Certificates) -> None:
    """The server's name callback chooses the certificate; a name that no certificate has is refused."""
    context = server_context(cert)
    other = server_context(cert, "other")
    asked = []

    def choose(connection: Any, name: Optional[str], _: ssl.SSLContext) -> None:
        asked.append(name)
        if name == "other.test":
            connection.context = other

    context.sni_callback = choose
    for name in ("localhost", "other.test"):
        with tls_pair(cert, context, name=name) as (client, _):
            expect(client.getpeercert()["subject"][0][0][1], name.partition(".")[0])  # type: ignore[index]
    expect(asked, ["localhost", "other.test"])
    try:
        with tls_pair(cert, name="wrong.test"):
            raise AssertionError("the certificate of another name was taken")
    except ssl.SSLCertVerificationError as error:
        expect("wrong.test" in str(error), True)


@use(".")
def tls_alpn(cert: Certificates) -> None:
    server, client = server_context(cert), client_context(cert)
    server.set_alpn_protocols(["h2", "http/1.1"])
    client.set_alpn_protocols(["http/1.1"])
    with tls_pair(cert, server, client) as (ours, theirs):
        expect((ours.selected_alpn_protocol(), theirs.selected_alpn_protocol()), ("http/1.1", "http/1.1"))


@use(".")
def tls_timeouts(cert: Certificates) -> None:
    """A handshake with a server that says nothing, and a read, time out; a write to a full connection too."""

    def timed_out(call: Callable[[], Any], text: str) -> None:
        with raises(socket.timeout) as caught:
            call()
        expect(str(caught.value)[-len(text):], text)  # some versions put the line of their C source first

    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname(), timeout=0.05) as plain:
            timed_out(lambda: client_context(cert).wrap_socket(plain, server_hostname="localhost"),
                      "The handshake operation timed out")
    with tls_pair(cert) as (client, server):
        client.settimeout(0.05)
        timed_out(lambda: client.recv(1), "The read operation timed out")
        timed_out(lambda: client.sendall(DATA * 8), "The write operation timed out")


@use(".")
def tls_nonblocking(cert: Certificates) -> None:
    """A handshake and a read of non-blocking sockets, driven by the errors that want an event."""
    a, b = socket.socketpair()
    a.setblocking(False)
    b.setblocking(False)
    client = client_context(cert).wrap_socket(a, server_hostname="localhost", do_handshake_on_connect=False)
    server = server_context(cert).wrap_socket(b, server_side=True, do_handshake_on_connect=False)
    with client, server:
        waiting = {client, server}
        for _ in range(100):
            for sock in list(waiting):
                try:
                    sock.do_handshake()
                    waiting.remove(sock)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
        expect(waiting, set())
        with raises(ssl.SSLWantReadError):
            client.recv(1)
        expect(client.send(b"x"), 1)
        expect(server.recv(10), b"x")


@use(no_explicit="get_server_certificate takes create_connection from socket by name")
def tls_certificate(web_tls: Address, cert: Certificates) -> None:
    """get_server_certificate, with and without a check."""
    with open(cert.localhost) as file:
        wanted = "-----BEGIN CERTIFICATE" + file.read().partition("-----BEGIN CERTIFICATE")[2]
    expect(ssl.get_server_certificate(web_tls).split(), wanted.split())
    with raises(ssl.SSLCertVerificationError):
        ssl.get_server_certificate(web_tls, ca_certs=cert.other)


@use(".")
def tls_end(cert: Certificates) -> None:
    """The end of a connection: an empty read after close_notify, an error without when it is wanted."""
    with tls_pair(cert) as (client, server):
        join = in_thread(server.unwrap)
        expect(client.recv(1), b"")
        client.unwrap().close()
        join().close()
    strict = client_context(cert)
    strict.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0x80)  # which some versions set
    with tls_pair(cert) as (client, server):
        server.shutdown(socket.SHUT_RDWR)
        expect(client.recv(1), b"")
    with tls_pair(cert, client=strict) as (client, server):
        setattr(client, "suppress_ragged_eofs", False)
        server.shutdown(socket.SHUT_RDWR)
        with raises(ssl.SSLError) as caught:
            client.recv(1)
        expect("EOF" in str(caught.value), True)


@use(".")
def tls_server_socket(cert: Certificates) -> None:
    """A listening socket that is wrapped gives wrapped connections; the certificate of a client is asked for."""
    context = server_context(cert)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cert.ca)
    ours = client_context(cert)
    ours.load_cert_chain(cert.localhost)
    with context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True) as listener:
        def serve() -> bytes:
            with listener.accept()[0] as connection:
                expect(isinstance(connection, ssl.SSLSocket), True)
                data = connection.recv(100)
                connection.sendall(data.upper())
                return data + read_all(connection)

        join = in_thread(serve)
        with ours.wrap_socket(socket.create_connection(listener.getsockname()), server_hostname="localhost") as client:
            client.sendall(b"text")
            expect(client.recv(100), b"TEXT")
            client.shutdown(socket.SHUT_WR)
        expect(join(), b"text")
