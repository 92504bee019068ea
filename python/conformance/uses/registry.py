"""The uses: functions with a name, what they need, and the modules that an explicit patch names."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import inspect
import pkgutil
from types import TracebackType
from typing import Any, Callable, Generic, Optional, Sequence, TypeVar

#: What provides a Python module that may be missing.
PACKAGES = {
    "requests": "requests (PyPI) or python3-requests (Debian)",
    "urllib3": "urllib3 (PyPI) or python3-urllib3 (Debian)",
    "redis": "redis (PyPI) or python3-redis (Debian)",
    "pg8000": "pg8000 (PyPI) or python3-pg8000 (Debian)",
    "telnetlib": "standard-telnetlib (PyPI)",
    "nntplib": "standard-nntplib (PyPI)",
}


@dataclasses.dataclass(frozen=True)
class Use:
    """One use. `explicit`: the modules for `uvsocket.patch(module, ...)`, or why there are none."""

    name: str
    function: Callable[..., None]
    needs: Sequence[str]
    explicit: Sequence[str]
    no_explicit: str
    makes_sockets: bool

    @property
    def parameters(self) -> list[str]:
        """The names of the servers and other things that the function takes."""
        return list(inspect.signature(self.function).parameters)

    def missing(self) -> list[str]:
        """The packages to install before this use can run."""
        return [PACKAGES[module] for module in self.needs if importlib.util.find_spec(module) is None]


USES: dict[str, Use] = {}


def use(*explicit: str, needs: Sequence[str] = (), no_explicit: str = "",
        makes_sockets: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a use.

    `explicit` are names of modules; "." is the module of the use itself. `no_explicit` says why the use cannot be
    patched module by module. `makes_sockets` is false where the use makes no socket of the patched module.
    """
    if bool(explicit) == bool(no_explicit):
        raise TypeError("a use has modules for an explicit patch, or a reason why not")

    def register(function: Callable[..., None]) -> Callable[..., None]:
        name = function.__name__
        if name in USES:
            raise ValueError(f"two uses have the name {name}")
        modules = [function.__module__ if module == "." else module for module in explicit]
        USES[name] = Use(name, function, needs, modules, no_explicit, makes_sockets)
        return function

    return register


def load(module: str = "") -> dict[str, Use]:
    """Import the module of uses, or all of them; the registered uses."""
    package = importlib.import_module(__package__)
    names = [module] if module else [
        f"{__package__}.{info.name}" for info in pkgutil.iter_modules(package.__path__) if info.name.startswith("use_")]
    for name in names:
        importlib.import_module(name)
    return USES


def expect(got: Any, wanted: Any) -> None:
    """AssertionError with both values unless they are equal; long values are cut."""
    if got != wanted:
        raise AssertionError(f"got {got!r:.300}, wanted {wanted!r:.300}")


E = TypeVar("E", bound=BaseException)


class raises(Generic[E]):
    """A context whose body must raise an exception of one of the kinds; `value` is the exception."""

    value: E

    def __init__(self, *kinds: type[E]) -> None:
        self.kinds = kinds

    def __enter__(self) -> raises[E]:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> bool:
        if error is None:
            raise AssertionError(f"no {' or '.join(kind.__name__ for kind in self.kinds)} was raised")
        if not isinstance(error, self.kinds):
            return False
        self.value = error
        return True
