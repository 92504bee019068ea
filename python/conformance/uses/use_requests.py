"""Uses of requests and urllib3."""

from __future__ import annotations

import socket
from typing import Any

from ..certs import Certificates
from ..servers import Address
from ..servers.http import LARGE
from .registry import expect, raises, use

#: The modules of urllib3 that look names up in a module `socket`, `ssl` or `select` of their own.
PARTS = ["urllib3.util.connection", "urllib3.connection", "urllib3.util.wait"]
NO_TLS = "urllib3 imports SSLContext from ssl by name when it wants to make one"


def url(server: Address, path: str) -> str:
    return f"http://{server.host}:{server.port}{path}"


def url_tls(server: Address, path: str) -> str:
    return f"https://localhost:{server.port}{path}"


@use(*PARTS, needs=["requests"])
def requests_get(web: Address) -> None:
    import requests  # type: ignore[import-untyped,unused-ignore]

    expect(requests.get(url(web, "/large")).content, LARGE)
    expect(requests.get(url(web, "/redirect/2")).text, "hello")
    expect(requests.get(url(web, "/auth"), auth=("user", "secret")).text, "welcome")
    answer = requests.get(url(web, "/status/404"))
    expect((answer.status_code, answer.ok), (404, False))


@use(*PARTS, needs=["requests"])
def requests_post(web: Address) -> None:
    import requests  # type: ignore[import-untyped,unused-ignore]

    expect(requests.post(url(web, "/echo"), json={"key": [1, 2]}).json(), {"key": [1, 2]})
    expect(requests.post(url(web, "/echo"), data=iter([b"a", b"b"])).content, b"ab")
    expect(b"filename=" in requests.post(url(web, "/echo"), files={"file": b"contents"}).content, True)


@use(*PARTS, needs=["requests"])
def requests_session(web: Address) -> None:
    """A session keeps its connection and its cookies."""
    import requests  # type: ignore[import-untyped,unused-ignore]

    with requests.Session() as session:
        expect(len({session.get(url(web, "/hello")).headers["X-Port"] for _ in range(20)}), 1)
        session.get(url(web, "/cookie"))
        expect(session.get(url(web, "/cookie")).text, "flavour=plain")


@use(*PARTS, needs=["requests"])
def requests_stream(web: Address) -> None:
    import requests  # type: ignore[import-untyped,unused-ignore]

    with requests.get(url(web, "/large"), stream=True) as answer:
        expect(b"".join(answer.iter_content(10000)), LARGE)
    with requests.get(url(web, "/chunked"), stream=True) as answer:
        expect(list(answer.iter_lines()), [b"line %d" % number for number in range(5)])


@use(*PARTS, needs=["requests"])
def requests_timeout(web: Address) -> None:
    import requests  # type: ignore[import-untyped,unused-ignore]

    with raises(requests.ReadTimeout):
        requests.get(url(web, "/slow?seconds=3"), timeout=0.15)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = Address(*listener.getsockname())
    with raises(requests.ConnectionError):
        requests.get(url(closed, "/"))


@use(no_explicit=NO_TLS, needs=["requests"])
def requests_tls(web_tls: Address, cert: Certificates) -> None:
    """The test's authority is trusted when `verify` names it; without, the handshake fails."""
    import requests  # type: ignore[import-untyped,unused-ignore]

    expect(requests.get(url_tls(web_tls, "/large"), verify=cert.ca).content, LARGE)
    with raises(requests.exceptions.SSLError) as caught:
        requests.get(url_tls(web_tls, "/hello"))
    expect("certificate verify failed" in str(caught.value), True)


@use(*PARTS, needs=["requests"])
def requests_proxy(web: Address, proxy: Address) -> None:
    import requests  # type: ignore[import-untyped,unused-ignore]

    answer = requests.get(url(web, "/hello"), proxies={"http": url(proxy, "")})
    expect(answer.text, "by proxy: hello")


@use(*PARTS, needs=["urllib3"])
def urllib3_pool(web: Address) -> None:
    """A pool makes one connection anew after the server has closed it, and gives it back to each request."""
    import urllib3

    with urllib3.HTTPConnectionPool(*web, maxsize=1, block=True) as pool:
        ports = {pool.request("GET", "/hello").headers["X-Port"] for _ in range(20)}
        expect(len(ports), 1)
        expect(pool.request("GET", "/close").data, b"until the end")
        expect(pool.request("GET", "/hello").headers["X-Port"] in ports, False)


@use(*PARTS, needs=["urllib3"])
def urllib3_retries(web: Address) -> None:
    import urllib3

    retry: Any = urllib3.Retry(total=4, status_forcelist=[503], backoff_factor=0.01)
    with urllib3.PoolManager(retries=retry) as manager:
        expect(manager.request("GET", url(web, "/flaky?key=retries")).data, b"after 3")
        with raises(urllib3.exceptions.MaxRetryError) as caught:
            manager.request("GET", url(web, "/slow?seconds=3"), timeout=0.1, retries=1)
        expect(isinstance(caught.value.reason, urllib3.exceptions.ReadTimeoutError), True)


@use(no_explicit=NO_TLS, needs=["urllib3"])
def urllib3_tls_proxy(web_tls: Address, proxy: Address, cert: Certificates) -> None:
    """HTTPS through a proxy's CONNECT."""
    import urllib3

    with urllib3.ProxyManager(url(proxy, ""), ca_certs=cert.ca) as manager:
        expect(manager.request("GET", url_tls(web_tls, "/hello")).data, b"hello")
