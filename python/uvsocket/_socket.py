"""The socket class, and the functions that make sockets.

A socket is CPython's own, so its options, descriptors, files and reference counts are CPython's;
it is only never left to block. Each call is tried first. If the kernel would have it wait, the
socket's Poll handle on the thread's loop tells when to try again.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import math
import os
import socket as _module
import stat
import time
import types
from typing import Any, Callable, TypeVar

from . import _resolve
from ._hub import close_descriptor, hub
from ._watcher import READ, WRITE, closing

_Real = _module.socket
_Kernel: Any = _Real.__mro__[1]  # _socket.socket, whose methods are the system calls
_private: Any = _Real
_monotonic = time.monotonic

#: Added to the flags of a call, in case another holder of the descriptor has made it blocking.
_DONTWAIT = _module.MSG_DONTWAIT
#: Flags of calls that do not wait, whatever the timeout.
_NEVER_WAITS = _module.MSG_DONTWAIT | _module.MSG_ERRQUEUE

_Function = TypeVar("_Function", bound=Callable[..., Any])


class socket(_Real):
    """``socket.socket`` whose blocking calls let the loop run.

    Timeouts and errors are those of ``socket.socket``. Where a call waits, a callback of the
    loop that would have to run for it raises :class:`WouldDeadlock`, and
    :meth:`Task.cancel` ends the wait. If another greenlet or thread closes the socket meanwhile,
    the call raises ``OSError`` with ``EBADF``.
    """

    def __init__(
        self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
    ) -> None:
        self._timeout: float | None = None
        self._stays_nonblocking = False
        _Real.__init__(self, family, type, proto, fileno)
        # What the default timeout and SOCK_NONBLOCK have made of it.
        self._timeout = _Kernel.gettimeout(self)
        _Kernel.setblocking(self, False)

    # Timeouts.

    def settimeout(self, value: float | None) -> None:
        """Sets how long a call may wait: seconds, None for ever, 0 not at all."""
        if value is None:
            self._timeout = None
            return
        if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
            if not hasattr(value, "__index__"):
                raise TypeError(f"'{value.__class__.__name__}' object cannot be interpreted as an integer")
            value = value.__index__()
        seconds = float(value)
        if math.isnan(seconds):
            raise ValueError("Invalid value NaN (not a number)")
        if seconds < 0.0:
            raise ValueError("Timeout value out of range")
        if seconds > 9e9:
            raise OverflowError("timestamp out of range for platform time_t")
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """What :meth:`settimeout` has set."""
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        """Lets calls wait for ever, or not at all."""
        _Kernel.setblocking(self, False)  # EBADF if the descriptor is gone.
        self._timeout = None if flag else 0.0

    def getblocking(self) -> bool:
        """Whether calls may wait."""
        return self._timeout != 0.0

    @property
    def timeout(self) -> float | None:
        """What :meth:`settimeout` has set."""
        return self._timeout

    # Waiting.

    def _wait(self, events: int, end: float | None, what: str = "timed out") -> None:
        """Waits for the descriptor until `end`. May return early."""
        fd = self.fileno()
        if fd < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        left = None
        if end is not None:
            left = end - _monotonic()
            if left <= 0:
                raise _module.timeout(what)
        here = hub()
        watcher = here.watchers.get(fd)
        if watcher is None or watcher.closed or here.has_posts():
            watcher = here.watcher(fd)
            with closing:
                # Another thread may have closed the socket before it could find the watcher.
                if self.fileno() != fd:
                    watcher.close()
        watcher.wait(events, left)

    def _end(self) -> float | None:
        """When a call that begins now has waited for long enough."""
        return None if self._timeout is None else _monotonic() + self._timeout

    def _repeat(self, call: Callable[..., Any], events: int, *args: Any) -> Any:
        """Repeats a call that could not be made at once until it can."""
        end = self._end()
        while True:
            self._wait(events, end)
            try:
                return call(self, *args)
            except BlockingIOError:
                pass

    # What may wait. Each is tried first.

    def accept(self) -> tuple[socket, Any]:
        """As ``socket.accept``; the new socket has the default timeout."""
        try:
            fd, address = _Kernel._accept(self)
        except BlockingIOError:
            if self._timeout == 0.0:
                raise
            fd, address = self._repeat(_Kernel._accept, READ)
        new = socket(self.family, self.type, self.proto, fileno=fd)
        if _module.getdefaulttimeout() is None and self._timeout != 0.0:
            new._timeout = None
        return new, address

    def connect(self, address: Any) -> None:
        """As ``socket.connect``."""
        error = self._connect(address)
        if error:
            raise OSError(error, os.strerror(error))

    def connect_ex(self, address: Any) -> int:
        """As ``socket.connect_ex``: returns the error's number instead of raising it."""
        try:
            return self._connect(address)
        except _module.timeout:
            return errno.EAGAIN

    def _connect(self, address: Any) -> int:
        if self._timeout != 0.0:
            address = _resolve.resolved(self, address)
        end = self._end()
        error = _Kernel.connect_ex(self, address)
        if self._timeout == 0.0:
            return error
        while error == errno.EAGAIN and self.family == _module.AF_UNIX:
            # The listener's queue is full, and no event tells when it is not.
            if end is not None and _monotonic() >= end:
                raise _module.timeout("timed out")
            hub().sleep(0.002)
            error = _Kernel.connect_ex(self, address)
        if error == errno.EISCONN:
            return error
        while error in (errno.EINPROGRESS, errno.EALREADY, errno.EINTR):
            self._wait(WRITE, end)
            # Tells how the attempt has ended, and leaves the socket ready for another.
            error = _Kernel.connect_ex(self, address)
        return 0 if error == errno.EISCONN else error

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As ``socket.recv``: b"" when the peer has closed."""
        try:
            return _Kernel.recv(self, bufsize, flags | _DONTWAIT)
        except BlockingIOError:
            if self._timeout == 0.0 or flags & _NEVER_WAITS:
                raise
            return self._repeat(_Kernel.recv, READ, bufsize, flags | _DONTWAIT)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As ``socket.recv_into``."""
        try:
            return _Kernel.recv_into(self, buffer, nbytes, flags | _DONTWAIT)
        except BlockingIOError:
            if self._timeout == 0.0 or flags & _NEVER_WAITS:
                raise
            return self._repeat(_Kernel.recv_into, READ, buffer, nbytes, flags | _DONTWAIT)

    def send(self, data: Any, flags: int = 0) -> int:
        """As ``socket.send``."""
        try:
            return _Kernel.send(self, data, flags | _DONTWAIT)
        except BlockingIOError:
            if self._timeout == 0.0 or flags & _NEVER_WAITS:
                raise
            return self._repeat(_Kernel.send, WRITE, data, flags | _DONTWAIT)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As ``socket.sendall``; the timeout is for all of it."""
        with memoryview(data) as view, view.cast("B") as rest:
            total, sent, timeout = len(rest), 0, self._timeout
            end = self._end() if timeout else None
            while True:
                try:
                    sent += _Kernel.send(self, rest[sent:] if sent else rest, flags | _DONTWAIT)
                except BlockingIOError:
                    if timeout == 0.0 or flags & _NEVER_WAITS:
                        raise
                    self._wait(WRITE, end)
                if sent >= total:
                    return
                if end is not None and _monotonic() >= end:
                    raise _module.timeout("timed out")

    def sendto(self, data: Any, *args: Any) -> int:
        """As ``socket.sendto``."""
        if args and self._timeout != 0.0:
            args = args[:-1] + (_resolve.resolved(self, args[-1]),)
        flags = args[0] if len(args) > 1 else 0
        return self._try(_Kernel.sendto, WRITE, flags, data, *args)

    def _try(self, call: Callable[..., Any], events: int, flags: int, *args: Any) -> Any:
        try:
            return call(self, *args)
        except BlockingIOError:
            if self._timeout == 0.0 or flags & _NEVER_WAITS:
                raise
            return self._repeat(call, events, *args)

    recvfrom: Any
    recvfrom_into: Any
    recvmsg: Any
    recvmsg_into: Any
    sendmsg: Any
    sendmsg_afalg: Any

    # The descriptor.

    def ioctl(self, request: int, argument: Any = 0) -> Any:
        """Calls ``fcntl.ioctl`` on the descriptor, and returns what that returns."""
        return fcntl.ioctl(self.fileno(), request, argument)

    def _real_close(self, *args: Any) -> None:
        with closing:
            fd = self.fileno()
            if fd >= 0 and close_descriptor(fd):
                _Kernel.detach(self)
                return
            _private._real_close(self, *args)

    def detach(self) -> int:
        """As ``socket.detach``: the descriptor is the caller's, and blocks if the socket had no
        timeout."""
        fd = self.fileno()
        if fd >= 0:
            if self._timeout is None and not self._stays_nonblocking:
                with contextlib.suppress(OSError):  # The descriptor is gone already.
                    _Kernel.setblocking(self, True)
            if close_descriptor(fd):
                # Other threads still watch the number: give away another one.
                return os.dup(_Real.detach(self))
        return _Real.detach(self)

    def __del__(self) -> None:
        try:
            fd = self.fileno()
            if fd >= 0:
                close_descriptor(fd)
        except Exception:
            pass  # The interpreter ends.
        _Kernel.__del__(self)

    def _sendfile_use_sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """The loop of ``socket.sendfile``, by ``os.sendfile``."""
        _private._check_sendfile_params(self, file, offset, count)
        giving_up = vars(_module)["_GiveupOnSendfile"]
        try:
            source = file.fileno()
            size = os.fstat(source)
        except (AttributeError, io.UnsupportedOperation, OSError) as error:
            raise giving_up(error)
        if not stat.S_ISREG(size.st_mode):
            raise giving_up("not a regular file")
        if not size.st_size:
            return 0
        if self._timeout == 0.0:
            raise ValueError("non-blocking sockets are not supported")
        sent, end = 0, self._end()
        try:
            while count is None or sent < count:
                block = min((count or size.st_size) - sent, 2**30) if count else 2**30
                try:
                    step = os.sendfile(self.fileno(), source, offset + sent, block)
                except BlockingIOError:
                    self._wait(WRITE, end)
                    continue
                except OSError as error:
                    if not sent:
                        raise giving_up(error)
                    raise
                if step == 0:
                    break
                sent, end = sent + step, self._end()
            return sent
        finally:
            if sent and hasattr(file, "seek"):
                file.seek(offset + sent)


def _add_method(name: str, events: int, place: int) -> None:
    """Adds a method whose argument number `place` is its flags."""
    real = getattr(_Kernel, name, None)
    if real is None:
        return

    def method(self: socket, *args: Any, **kwargs: Any) -> Any:
        flags = args[place] if len(args) > place else kwargs.get("flags", 0)
        call = (lambda sock, *rest: real(sock, *rest, **kwargs)) if kwargs else real
        return self._try(call, events, flags, *args)

    method.__name__ = name
    method.__qualname__ = f"socket.{name}"
    method.__doc__ = f"As ``socket.{name}``."
    setattr(socket, name, method)


for _name, _events, _place in [
    ("recvfrom", READ, 1),
    ("recvfrom_into", READ, 2),
    ("recvmsg", READ, 2),
    ("recvmsg_into", READ, 2),
    ("sendmsg", WRITE, 2),
    ("sendmsg_afalg", WRITE, 4),
]:
    _add_method(_name, _events, _place)


_names: dict[str, Any] = {
    **vars(_module),
    "socket": socket,
    "getaddrinfo": _resolve.getaddrinfo,
    "gethostbyaddr": _resolve.gethostbyaddr,
}


def _with_our_names(real: _Function) -> _Function:
    """CPython's own function, which finds our socket and getaddrinfo under their names."""
    if not isinstance(real, types.FunctionType):
        return real
    ours: Any = types.FunctionType(
        real.__code__, _names, real.__name__, real.__defaults__, real.__closure__
    )
    ours.__kwdefaults__ = real.__kwdefaults__
    ours.__doc__ = real.__doc__
    return ours


create_connection = _names["create_connection"] = _with_our_names(_module.create_connection)
create_server = _names["create_server"] = _with_our_names(_module.create_server)
has_dualstack_ipv6 = _names["has_dualstack_ipv6"] = _with_our_names(_module.has_dualstack_ipv6)
socketpair = _with_our_names(_module.socketpair)
fromfd = _with_our_names(_module.fromfd)
getfqdn = _with_our_names(_module.getfqdn)
