"""Servers that the uses talk to. A use names a server as a parameter; here is how each is started."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import tempfile
from typing import Any, Callable, ContextManager, Iterator

from .. import certs
from . import databases, ftp, http, mail, smtp
from .process import Address, serve_in_process

__all__ = ["Address", "FIXTURES", "Skip"]

OPENSSL = "openssl (Debian)"


class Skip(Exception):
    """What a use needs is not installed; the text names the package to install."""


def _tls(start: Callable[[], ContextManager[Any]]) -> Callable[[], ContextManager[Any]]:
    """The same server, skipped where no certificates can be made."""

    def checked() -> ContextManager[Any]:
        if not certs.available():
            raise Skip(OPENSSL)
        certs.certificates()
        return start()

    return checked


@contextlib.contextmanager
def _directory() -> Iterator[pathlib.Path]:
    with tempfile.TemporaryDirectory(prefix="conformance-") as name:
        yield pathlib.Path(name)


@contextlib.contextmanager
def _redis() -> Iterator[Address]:
    program = shutil.which("redis-server")
    if program is None:
        raise Skip("redis-server (Debian)")
    with databases.redis(program) as address:
        yield address


@contextlib.contextmanager
def _postgres() -> Iterator[Address]:
    try:
        address = databases.running_postgres()
    except databases.NotInstalled as missing:
        raise Skip(str(missing)) from None
    with address as running:
        yield running


#: Parameter of a use: what starts it. Each value is called before uvsocket is imported.
FIXTURES: dict[str, Callable[[], ContextManager[Any]]] = {
    "web": lambda: serve_in_process(http.serve_http),
    "web_tls": _tls(lambda: serve_in_process(http.serve_https)),
    "proxy": lambda: serve_in_process(http.serve_proxy),
    "ftp": lambda: serve_in_process(ftp.serve_ftp),
    "smtp": lambda: serve_in_process(smtp.serve_smtp),
    "smtps": _tls(lambda: serve_in_process(smtp.serve_smtps)),
    "pop3": lambda: serve_in_process(mail.serve_pop3),
    "imap": lambda: serve_in_process(mail.serve_imap),
    "nntp": lambda: serve_in_process(mail.serve_nntp),
    "telnet": lambda: serve_in_process(mail.serve_telnet),
    "redis_server": _redis,
    "postgres": _postgres,
    "cert": _tls(lambda: contextlib.nullcontext(certs.certificates())),
    "directory": _directory,
}
