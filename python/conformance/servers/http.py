"""An HTTP server with pages that the uses ask for, and an HTTP proxy."""

from __future__ import annotations

import base64
import http.server
import select
import socket
import time
import urllib.parse
from typing import Any

from .. import certs

LARGE = bytes(range(256)) * 8192
USER = base64.b64encode(b"user:secret").decode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Pages: a method `page_NAME` answers GET and HEAD of /NAME; POST and PUT are answered with their body."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    flaky: dict[str, int] = {}

    def log_message(self, format: str, *arguments: Any) -> None:
        """Keep the output of the tests free of the server's log."""

    def page(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(parts)

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        first, *rest = url.path.strip("/").split("/")
        method = getattr(self, f"page_{first}", None)
        if method is None:
            self.page(b"no such page", 404)
        else:
            method(query, *rest)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        body = self.body()
        self.page(body, X_Method=self.command, X_Type=self.headers.get("Content-Type", ""))

    do_PUT = do_POST

    def page_hello(self, query: dict[str, str]) -> None:
        self.page(b"hello", X_Port=str(self.client_address[1]))

    def page_large(self, query: dict[str, str]) -> None:
        self.page(LARGE)

    def page_headers(self, query: dict[str, str]) -> None:
        self.page(str(self.headers).encode())

    def page_status(self, query: dict[str, str], code: str) -> None:
        self.page(b"status " + code.encode(), int(code))

    def page_redirect(self, query: dict[str, str], count: str = "1") -> None:
        to = "/hello" if count == "1" else f"/redirect/{int(count) - 1}"
        self.page(b"elsewhere", 302, Location=to)

    def page_auth(self, query: dict[str, str]) -> None:
        if self.headers.get("Authorization") == f"Basic {USER}":
            self.page(b"welcome")
        else:
            self.page(b"who?", 401, WWW_Authenticate='Basic realm="conformance"')

    def page_cookie(self, query: dict[str, str]) -> None:
        self.page(self.headers.get("Cookie", "").encode(), Set_Cookie="flavour=plain; Path=/")

    def page_slow(self, query: dict[str, str]) -> None:
        time.sleep(float(query.get("seconds", "5")))
        self.page(b"slow")

    def page_flaky(self, query: dict[str, str]) -> None:
        """503 to the first two requests of a key, then the page."""
        seen = self.flaky[query["key"]] = self.flaky.get(query["key"], 0) + 1
        self.page(b"after %d" % seen, 503 if seen < 3 else 200)

    def page_drip(self, query: dict[str, str]) -> None:
        """A body of ten bytes, one each 10 ms."""
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        for number in range(10):
            self.wfile.write(b"%d" % number)
            time.sleep(0.01)

    def page_chunked(self, query: dict[str, str]) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(5):
            line = b"line %d\n" % number
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            time.sleep(0.01)
        self.wfile.write(b"0\r\n\r\n")

    def page_close(self, query: dict[str, str]) -> None:
        """An HTTP/1.0 answer without a length: the end of the connection ends the body."""
        self.protocol_version = "HTTP/1.0"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"until the end")
        self.close_connection = True

    def page_broken(self, query: dict[str, str]) -> None:
        """An answer that ends before its length."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True


class Proxy(Handler):
    """A proxy: GET of an absolute URL, and CONNECT."""

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        with socket.create_connection((url.hostname, url.port or 80)) as origin:
            origin.sendall(f"GET {url.path or '/'} HTTP/1.0\r\nHost: {url.netloc}\r\n\r\n".encode())
            answer = b"".join(iter(lambda: origin.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        self.page(b"by proxy: " + body, int(head.split()[1]))

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as origin:
            self.send_response(200, "Connected")
            self.end_headers()
            self.close_connection = True
            other = {origin: self.connection, self.connection: origin}
            while True:
                for source in select.select(list(other), [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    other[source].sendall(data)


class _Server(http.server.ThreadingHTTPServer):
    """A server for a listening socket that exists already."""

    def __init__(self, listener: socket.socket, handler: type[Handler]) -> None:
        super().__init__(listener.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_name, self.server_port = listener.getsockname()[:2]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away (a timeout's test) is no error of the server."""


def serve_http(listener: socket.socket) -> None:
    """Serve HTTP for ever."""
    _Server(listener, Handler).serve_forever()


def serve_https(listener: socket.socket) -> None:
    """Serve HTTPS for ever, with the certificate `localhost`."""
    context = certs.certificates().server_context()
    context.set_alpn_protocols(["http/1.1"])
    _Server(context.wrap_socket(listener, server_side=True), Handler).serve_forever()


def serve_proxy(listener: socket.socket) -> None:
    """Serve as a proxy for ever."""
    _Server(listener, Proxy).serve_forever()
