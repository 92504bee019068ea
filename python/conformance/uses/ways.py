"""The four ways in which a use runs."""

from __future__ import annotations

import importlib
from typing import Any, Callable

from .registry import Use

WAYS = {
    "plain": "CPython's sockets",
    "turn": "uvsocket.patch(), a wait turns the loop",
    "green": "uvsocket.patch(), in a greenlet of uvsocket.spawn",
    "explicit": "uvsocket.patch(module, ...) for the modules that the use names",
}


class NotUsed(AssertionError):
    """The use passed, and made no socket of uvsocket's: the patch had no effect."""


def run(use: Use, way: str, arguments: dict[str, Any]) -> None:
    """Run the use; an exception is its failure."""
    if way == "plain":
        use.function(**arguments)
        return
    import uvsocket

    made = count_sockets(uvsocket.socket)
    if way == "explicit":
        uvsocket.patch(*[importlib.import_module(name) for name in use.explicit])
        use.function(**arguments)
    elif way == "turn":
        with uvsocket.patched():
            use.function(**arguments)
    else:
        with uvsocket.patched():
            uvsocket.spawn(use.function, **arguments).result()
    if use.makes_sockets and made() == 0:
        raise NotUsed("no uvsocket.socket was made")


def count_sockets(kind: type) -> Callable[[], int]:
    """Count the sockets of this class that are made from now on; gives a function that tells the number."""
    count = 0
    original = kind.__init__  # type: ignore[misc]

    def counting(self: Any, *arguments: Any, **options: Any) -> None:
        nonlocal count
        count += 1
        original(self, *arguments, **options)

    setattr(kind, "__init__", counting)
    return lambda: count
