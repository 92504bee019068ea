"""Putting uvsocket in the standard library's place, and taking it out again."""

from __future__ import annotations

import contextlib
import importlib
import select as _select
import selectors as _selectors
import socket as _socket
import socketserver as _socketserver
import ssl as _ssl
import sys
import time as _time
import types
from typing import Any, Iterator

from . import _resolve, _tasks
from . import select as _our_select
from . import selectors as _our_selectors
from . import ssl as _our_ssl
from ._socket import socket as _our_socket

#: (object, attribute, what was there), in the order of replacement.
_replaced: list[tuple[Any, str, Any]] = []
#: What patch() has been asked for: a module, or None for the whole library.
_patched: list[types.ModuleType | None] = []

_NAMES = [
    (_socket, "socket", _our_socket),
    (_socket, "getaddrinfo", _resolve.getaddrinfo),
    (_socket, "getnameinfo", _resolve.getnameinfo),
    (_socket, "gethostbyname", _resolve.gethostbyname),
    (_socket, "gethostbyname_ex", _resolve.gethostbyname_ex),
    (_socket, "gethostbyaddr", _resolve.gethostbyaddr),
    (_select, "select", _our_select.select),
    (_select, "poll", _our_select.poll),
    (_selectors, "SelectSelector", _our_selectors.SelectSelector),
    (_selectors, "PollSelector", _our_selectors.PollSelector),
    (_selectors, "EpollSelector", _our_selectors.EpollSelector),
    (_selectors, "DefaultSelector", _our_selectors.DefaultSelector),
    (_socketserver, "_ServerSelector", _our_selectors.PollSelector),
    (_ssl.SSLContext, "sslsocket_class", _our_ssl.SSLSocket),
    (_time, "sleep", _tasks.sleep),
]


#: Modules that have taken PollSelector by name, if they are imported.
_SELECTORS = [
    ("subprocess", "_PopenSelector"),
    ("telnetlib", "_TelnetSelector"),
    ("multiprocessing.connection", "_WaitSelector"),
]


def _replace(owner: Any, name: str, new: Any) -> None:
    _replaced.append((owner, name, getattr(owner, name)))
    setattr(owner, name, new)


def patch(*modules: types.ModuleType) -> None:
    """Without arguments: the standard library's modules socket, ssl, select, selectors and
    socketserver, and ``time.sleep``, use uvsocket from now on, and with them all that looks names
    up in them. What did ``from socket import socket`` before keeps the real one.

    With modules: only these use it, by their attributes ``socket``, ``ssl``, ``select`` and
    ``selectors``; for a module that has none of them, ValueError. For the module ssl: contexts,
    whoever makes them, wrap sockets in ours.

    To patch again what is patched already does nothing.
    """
    if not modules:
        if None not in _patched:
            _patched.append(None)
            for owner, name, new in _NAMES:
                _replace(owner, name, new)
            for owner_name, name in _SELECTORS:
                if hasattr(sys.modules.get(owner_name), name):
                    _replace(sys.modules[owner_name], name, _our_selectors.PollSelector)
        return
    for module in modules:
        if module not in _patched:
            _patch_module(module)
            _patched.append(module)


def _patch_module(module: types.ModuleType) -> None:
    if module is _ssl:
        _replace(_ssl.SSLContext, "sslsocket_class", _our_ssl.SSLSocket)
        return
    ours = importlib.import_module(__package__ or "uvsocket")
    found = False
    for name, real, replacement in [
        ("socket", _socket, ours),
        ("ssl", _ssl, _our_ssl),
        ("select", _select, _our_select),
        ("selectors", _selectors, _our_selectors),
    ]:
        if getattr(module, name, None) is real:
            _replace(module, name, replacement)
            found = True
    if not found:
        raise ValueError(f"{module.__name__} does not use socket, ssl, select or selectors")


def unpatch() -> None:
    """Puts back all that :func:`patch` has replaced. Sockets that were made meanwhile stay what
    they are."""
    _patched.clear()
    while _replaced:
        owner, name, real = _replaced.pop()
        setattr(owner, name, real)


@contextlib.contextmanager
def patched(*modules: types.ModuleType) -> Iterator[None]:
    """:func:`patch` for a block; what was patched before the block remains so."""
    before, asked = len(_replaced), list(_patched)
    patch(*modules)
    try:
        yield
    finally:
        while len(_replaced) > before:
            owner, name, real = _replaced.pop()
            setattr(owner, name, real)
        _patched[:] = asked
