"""Uses of http.client and of http.server."""

from __future__ import annotations

import contextlib
import functools
import http.client
import http.server
import pathlib
import socket
import socketserver
import threading
from typing import Any, Iterator

from ..certs import Certificates
from ..servers import Address
from ..servers.http import LARGE
from .registry import expect, raises, use


@use("http.client")
def http_get(web: Address) -> None:
    connection = http.client.HTTPConnection(*web)
    connection.request("GET", "/large")
    answer = connection.getresponse()
    expect((answer.status, answer.read()), (200, LARGE))
    connection.request("HEAD", "/large")
    answer = connection.getresponse()
    expect((answer.getheader("Content-Length"), answer.read()), (str(len(LARGE)), b""))
    connection.close()


@use("http.client")
def http_post_body(web: Address) -> None:
    connection = http.client.HTTPConnection(*web)
    connection.request("POST", "/echo", LARGE, {"Content-Type": "application/x-test"})
    answer = connection.getresponse()
    expect(answer.getheader("X-Type"), "application/x-test")
    expect(answer.read(), LARGE)
    connection.close()


@use("http.client")
def http_chunked(web: Address) -> None:
    """A chunked body in each direction, the answer read in parts and by lines."""
    connection = http.client.HTTPConnection(*web)
    connection.request("PUT", "/echo", iter([b"one ", b"two ", b"three"]), encode_chunked=True)
    expect(connection.getresponse().read(), b"one two three")
    wanted = b"".join(b"line %d\n" % number for number in range(5))
    connection.request("GET", "/chunked")
    expect(b"".join(iter(functools.partial(connection.getresponse().read, 7), b"")), wanted)
    connection.request("GET", "/chunked")
    expect(list(connection.getresponse()), wanted.splitlines(True))
    connection.close()


@use("http.client")
def http_keep_alive(web: Address) -> None:
    """Fifty requests go through one connection."""
    connection = http.client.HTTPConnection(*web)
    ports = set()
    for _ in range(50):
        connection.request("GET", "/hello")
        answer = connection.getresponse()
        ports.add(answer.getheader("X-Port"))
        expect(answer.read(), b"hello")
    expect(len(ports), 1)
    connection.close()


@use("http.client", "conformance.certs")
def http_tls(web_tls: Address, cert: Certificates) -> None:
    connection = http.client.HTTPSConnection("localhost", web_tls.port, context=cert.client_context())
    for _ in range(3):
        connection.request("GET", "/hello")
        expect(connection.getresponse().read(), b"hello")
    connection.request("POST", "/echo", LARGE)
    expect(connection.getresponse().read(), LARGE)
    connection.close()


@use("http.client", ".")
def http_timeout(web: Address) -> None:
    connection = http.client.HTTPConnection(*web, timeout=0.15)
    connection.request("GET", "/slow?seconds=3")
    with raises(socket.timeout) as caught:
        connection.getresponse()
    expect(str(caught.value), "timed out")
    connection.close()


@use("http.client")
def http_10_close(web: Address) -> None:
    """The end of the connection ends the body; and an end before the length is an error."""
    connection = http.client.HTTPConnection(*web)
    connection.request("GET", "/close")
    answer = connection.getresponse()
    expect((answer.version, answer.read()), (10, b"until the end"))
    connection.request("GET", "/broken")
    with raises(http.client.IncompleteRead) as caught:
        connection.getresponse().read()
    expect(caught.value.partial, b"only this")
    connection.close()


@use("http.client")
def http_tunnel(web_tls: Address, proxy: Address, cert: Certificates) -> None:
    """HTTPS through a proxy's CONNECT."""
    connection = http.client.HTTPSConnection(*proxy, context=cert.client_context())
    connection.set_tunnel("localhost", web_tls.port)
    connection.request("GET", "/hello")
    expect(connection.getresponse().read(), b"hello")
    connection.close()


@contextlib.contextmanager
def running(server: Any) -> Iterator[Address]:
    """Serve in a thread while the context lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Address(*server.server_address[:2])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, format: str, *arguments: Any) -> None:
        """No log."""


@use("http.client", "http.server", "socketserver", "selectors")
def http_server_files(directory: pathlib.Path) -> None:
    """SimpleHTTPRequestHandler serves a file and a listing, one client after the other."""
    (directory / "page.bin").write_bytes(LARGE)
    with running(http.server.HTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(directory)))) as to:
        for path, wanted in (("/page.bin", LARGE), ("/", b"page.bin")):
            connection = http.client.HTTPConnection(*to)
            connection.request("GET", path)
            body = connection.getresponse().read()
            expect(wanted in body, True)
            connection.close()


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers a POST with its body, and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:
        """No log."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@use("http.client", "http.server", "socketserver", "selectors")
def http_server_clients() -> None:
    """Eight clients in threads keep eight connections to one ThreadingHTTPServer."""
    done = []

    def client(number: int, to: Address) -> None:
        connection = http.client.HTTPConnection(*to)
        for turn in range(10):
            body = b"%d %d" % (number, turn) * 50
            connection.request("POST", "/", body)
            expect(connection.getresponse().read(), body)
        connection.close()
        done.append(number)

    with running(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)) as to:
        threads = [threading.Thread(target=client, args=(number, to)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    expect(sorted(done), list(range(8)))


@use("http.client", "http.server", "socketserver", "selectors")
def wsgi_server() -> None:
    """wsgiref serves an application that reads the body."""
    import wsgiref.simple_server
    import wsgiref.validate

    class Handler(wsgiref.simple_server.WSGIRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            """No log."""

    def application(environ: Any, start: Any) -> Any:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) * 2))])
        return [body, body]

    server = wsgiref.simple_server.make_server("127.0.0.1", 0, wsgiref.validate.validator(application),
                                               handler_class=Handler)
    assert isinstance(server, socketserver.TCPServer)
    with running(server) as to:
        for _ in range(3):
            connection = http.client.HTTPConnection(*to)
            connection.request("POST", "/path", b"body", {"Content-Type": "text/plain"})
            expect(connection.getresponse().read(), b"bodybody")
            connection.close()
