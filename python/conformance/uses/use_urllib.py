"""Uses of urllib.request and of xmlrpc."""

from __future__ import annotations

import concurrent.futures
import socket
import threading
import urllib.error
import urllib.request
import xmlrpc.client
import xmlrpc.server

from ..certs import Certificates
from ..servers import Address
from ..servers.http import LARGE
from .registry import expect, raises, use


def url(server: Address, path: str, scheme: str = "http") -> str:
    host = "localhost" if scheme == "https" else server.host
    return f"{scheme}://{host}:{server.port}{path}"


@use("http.client")
def urllib_http(web: Address) -> None:
    with urllib.request.urlopen(url(web, "/large")) as answer:
        expect(answer.read(), LARGE)
    with urllib.request.urlopen(url(web, "/echo"), data=b"posted") as answer:
        expect(answer.read(), b"posted")
    with urllib.request.urlopen(url(web, "/drip")) as answer:
        expect(answer.read(4), b"0123")
        expect(answer.read(), b"456789")


@use("http.client", "conformance.certs")
def urllib_https(web_tls: Address, cert: Certificates) -> None:
    """A trusted certificate is taken; with an empty trust store the handshake fails."""
    with urllib.request.urlopen(url(web_tls, "/large", "https"), context=cert.client_context()) as answer:
        expect(answer.read(), LARGE)
    import ssl

    with raises(urllib.error.URLError) as caught:
        urllib.request.urlopen(url(web_tls, "/hello", "https"), context=ssl.create_default_context())
    expect(type(caught.value.reason), ssl.SSLCertVerificationError)


@use("http.client")
def urllib_redirect(web: Address) -> None:
    with urllib.request.urlopen(url(web, "/redirect/3")) as answer:
        expect((answer.geturl(), answer.read()), (url(web, "/hello"), b"hello"))


@use("http.client")
def urllib_errors(web: Address) -> None:
    """The status 404 and 500, a refused connection, a name that does not exist."""
    for status in (404, 500):
        with raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url(web, f"/status/{status}"))
        expect((caught.value.code, caught.value.read()), (status, b"status %d" % status))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = Address(*listener.getsockname())
    for place, kind in ((url(closed, "/"), ConnectionRefusedError), ("http://name.invalid:1/", socket.gaierror)):
        with raises(urllib.error.URLError) as other:
            urllib.request.urlopen(place)
        expect(type(other.value.reason), kind)


@use("http.client")
def urllib_proxy(web: Address, proxy: Address) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": f"http://{proxy.host}:{proxy.port}"}))
    with opener.open(url(web, "/hello")) as answer:
        expect(answer.read(), b"by proxy: hello")


@use("http.client")
def urllib_timeout(web: Address) -> None:
    with raises(socket.timeout) as caught:
        urllib.request.urlopen(url(web, "/slow?seconds=3"), timeout=0.15)
    expect(str(caught.value), "timed out")


@use("http.client")
def urllib_auth(web: Address) -> None:
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, url(web, "/"), "user", "secret")
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager),
                                         urllib.request.HTTPCookieProcessor())
    with opener.open(url(web, "/auth")) as answer:
        expect(answer.read(), b"welcome")
    opener.open(url(web, "/cookie")).close()
    with opener.open(url(web, "/cookie")) as answer:
        expect(answer.read(), b"flavour=plain")


@use("http.client")
def urllib_threads(web: Address) -> None:
    """A pool of eight threads fetches forty pages; each thread waits by itself."""

    def fetch(number: int) -> bytes:
        with urllib.request.urlopen(url(web, "/echo"), data=b"%d" % number) as answer:
            return bytes(answer.read())

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        expect(list(pool.map(fetch, range(40))), [b"%d" % number for number in range(40)])


@use("ftplib")
def urllib_ftp(ftp: Address) -> None:
    with urllib.request.urlopen(url(ftp, "/data.bin", "ftp")) as answer:
        expect(answer.read(), bytes(range(256)) * 2048)


@use("http.client", "socketserver", "selectors")
def xmlrpc_calls() -> None:
    """Calls, a fault, binary data and a multicall to a SimpleXMLRPCServer in a thread."""
    server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False, allow_none=True,
                                              use_builtin_types=True)
    server.register_function(lambda base, power: base ** power, "pow")
    server.register_function(lambda value: value, "same")
    server.register_function(lambda: 1 // 0, "fail")
    server.register_multicall_functions()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        with xmlrpc.client.ServerProxy(url(Address(*server.server_address), "/"), allow_none=True,
                                       use_builtin_types=True) as proxy:
            expect(proxy.pow(2, 10), 1024)
            value = {"text": "\u00fc", "list": [1, None, 2.5], "bytes": b"\0\xff" * 1000}
            expect(proxy.same(value), value)
            calls = xmlrpc.client.MultiCall(proxy)
            calls.pow(2, 3)
            calls.same("a")
            results = calls()
            expect([results[0], results[1]], [8, "a"])
            with raises(xmlrpc.client.Fault) as caught:
                proxy.fail()
            expect("ZeroDivisionError" in caught.value.faultString, True)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
