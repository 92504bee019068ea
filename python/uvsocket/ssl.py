"""The module ssl with sockets that let the loop run; everything else is the real module's.

``SSLContext.wrap_socket`` and ``create_default_context`` of this module make :class:`SSLSocket`,
which is a subclass of the real one.
"""

from __future__ import annotations

import ssl as _ssl
from typing import Any, Callable

from ._socket import create_connection as create_connection
from ._socket import socket as socket
from ._watcher import READ, WRITE

_Real = _ssl.SSLSocket


def __getattr__(name: str) -> Any:
    return getattr(_ssl, name)


class SSLSocket(_Real, socket):
    """``ssl.SSLSocket`` whose blocking calls let the loop run."""

    @classmethod
    def _create(cls, sock: Any, *args: Any, **kwargs: Any) -> Any:
        # The new object takes the descriptor over as it is, which must not begin to block.
        if not isinstance(sock, socket):
            return super()._create(sock, *args, **kwargs)  # type: ignore[misc]
        sock._stays_nonblocking = True
        try:
            return super()._create(sock, *args, **kwargs)  # type: ignore[misc]
        finally:
            sock._stays_nonblocking = False

    def _until_done(self, call: Callable[..., Any], what: str, *args: Any) -> Any:
        """Repeats a call of the TLS library until it needs no more from the peer."""
        end = self._end()
        while True:
            try:
                return call(*args)
            except _ssl.SSLWantReadError:
                if self._timeout == 0.0:
                    raise
                self._wait(READ, end, f"The {what} operation timed out")
            except _ssl.SSLWantWriteError:
                if self._timeout == 0.0:
                    raise
                self._wait(WRITE, end, f"The {what} operation timed out")

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As ``SSLSocket.read``."""
        return self._until_done(super().read, "read", len, buffer)

    def write(self, data: Any) -> int:
        """As ``SSLSocket.write``."""
        return self._until_done(super().write, "write", data)

    def send(self, data: Any, flags: int = 0) -> int:
        """As ``SSLSocket.send``."""
        return self._until_done(super().send, "write", data, flags)

    def do_handshake(self, block: bool = False) -> None:
        """As ``SSLSocket.do_handshake``."""
        before = self._timeout
        if block and before == 0.0:
            self._timeout = None
        try:
            self._until_done(super().do_handshake, "handshake")
        finally:
            self._timeout = before

    def unwrap(self) -> Any:
        """As ``SSLSocket.unwrap``."""
        return self._until_done(super().unwrap, "unwrap")

    def accept(self) -> tuple[Any, Any]:
        """As ``SSLSocket.accept``; the handshake is part of it if the context says so."""
        new, address = socket.accept(self)
        mine = vars(self)
        wrapped = self.context.wrap_socket(
            new,
            do_handshake_on_connect=mine["do_handshake_on_connect"],
            suppress_ragged_eofs=mine["suppress_ragged_eofs"],
            server_side=True,
        )
        return wrapped, address


class SSLContext(_ssl.SSLContext):
    """``ssl.SSLContext`` that wraps sockets in this module's :class:`SSLSocket`."""

    sslsocket_class = SSLSocket


def _of_ours(context: _ssl.SSLContext) -> _ssl.SSLContext:
    context.__class__ = SSLContext
    return context


def create_default_context(*args: Any, **kwargs: Any) -> _ssl.SSLContext:
    """As ``ssl.create_default_context``."""
    return _of_ours(_ssl.create_default_context(*args, **kwargs))


def _create_unverified_context(*args: Any, **kwargs: Any) -> _ssl.SSLContext:
    return _of_ours(_ssl._create_unverified_context(*args, **kwargs))


_create_default_https_context = create_default_context
_create_stdlib_context = _create_unverified_context
