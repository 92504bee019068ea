"""Names and addresses: the real functions, called on a thread of libuv's pool.

Their results and errors are CPython's. What needs no answer from a server is called at once.
"""

from __future__ import annotations

import functools
import socket as _socket
from typing import Any, Callable

from ._pool import run_in_pool

_getaddrinfo = _socket.getaddrinfo


def _in_pool(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def resolve(*args: Any, **kwargs: Any) -> Any:
        return run_in_pool(real, *args, **kwargs)

    return resolve


def getaddrinfo(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Any]:
    """As ``socket.getaddrinfo``, while the loop runs. A numeric host is answered at once."""
    if is_numeric(host) and (port is None or isinstance(port, int)):
        return _getaddrinfo(host, port, family, type, proto, flags)
    found: list[Any] = run_in_pool(_getaddrinfo, host, port, family, type, proto, flags)
    return found


getnameinfo = _in_pool(_socket.getnameinfo)
gethostbyname = _in_pool(_socket.gethostbyname)
gethostbyname_ex = _in_pool(_socket.gethostbyname_ex)
gethostbyaddr = _in_pool(_socket.gethostbyaddr)


def is_numeric(host: Any) -> bool:
    """Whether a host is an address, or stands for one, so that no server is asked."""
    if host is None or isinstance(host, str) and host in ("", "<broadcast>"):
        return True
    if not isinstance(host, str):
        return False
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, host)
            return True
        except (OSError, ValueError):
            pass
    return False


def resolved(sock: _socket.socket, address: Any) -> Any:
    """An address of a socket's family with the host's name replaced by a number, since the
    socket itself would wait for a server's answer on the loop's thread."""
    if sock.family not in (_socket.AF_INET, _socket.AF_INET6):
        return address
    if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[0], str):
        return address
    if is_numeric(address[0]) or not isinstance(address[1], int):
        return address
    found = getaddrinfo(address[0], address[1], sock.family)
    number: tuple[Any, ...] = found[0][4]
    return number[:2] + address[2:] if len(address) > 2 else number
