"""A redis-server and a PostgreSQL server for the tests, in temporary directories, on loopback ports."""

from __future__ import annotations

import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from typing import Any, ContextManager, Iterator, Optional

from .process import Address

#: The port of the PostgreSQL server that the runner has started.
VARIABLE = "CONFORMANCE_POSTGRES"


class NotInstalled(Exception):
    """A program is missing; the text names the package to install."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(address: Address, process: subprocess.Popen[Any], seconds: float = 8) -> None:
    """Wait until something listens at `address`; RuntimeError if the process ends or the time passes."""
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(address, 1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args!r} ended with status {process.returncode}") from None
            if time.monotonic() > end:
                raise RuntimeError(f"nothing listens at {address} after {seconds} s") from None
        time.sleep(0.02)


@contextlib.contextmanager
def redis(program: str) -> Iterator[Address]:
    """A redis-server without persistence."""
    address = Address("127.0.0.1", free_port())
    with tempfile.TemporaryDirectory(prefix="conformance-redis-") as directory:
        process = subprocess.Popen(
            [program, "--port", str(address.port), "--bind", address.host, "--save", "", "--appendonly", "no",
             "--dir", directory], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(address, process)
            yield address
        finally:
            process.kill()
            process.wait()


def postgres_programs() -> Optional[pathlib.Path]:
    """The directory of initdb and postgres, or None."""
    program = shutil.which("initdb")
    found = [program] if program else sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return pathlib.Path(found[-1]).resolve().parent if found else None


def other_user() -> dict[str, Any]:
    """Options of subprocess that run PostgreSQL, which refuses the superuser, as its own user."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NotInstalled("postgresql (Debian), for its user postgres")


@contextlib.contextmanager
def postgres() -> Iterator[Address]:
    """A PostgreSQL server with the user `tester`, password `secret`, database `postgres`."""
    programs = postgres_programs()
    if programs is None:
        raise NotInstalled("postgresql (Debian)")
    user = other_user()
    address = Address("127.0.0.1", free_port())
    with tempfile.TemporaryDirectory(prefix="conformance-postgres-") as name:
        directory = pathlib.Path(name)
        password = directory / "password"
        password.write_text("secret\n")
        if user:
            os.chown(directory, user["user"], user["group"])
            os.chown(password, user["user"], user["group"])
        quiet: dict[str, Any] = {"cwd": name, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **user}
        subprocess.run([programs / "initdb", "-D", directory / "data", "-U", "tester", "-A", "scram-sha-256",
                        f"--pwfile={password}", "--no-sync", "-E", "UTF8", "--locale=C"],
                       check=True, stderr=subprocess.DEVNULL, **quiet)
        process = subprocess.Popen(
            [programs / "postgres", "-D", directory / "data", "-h", address.host, "-p", str(address.port), "-k", name,
             "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "log_min_messages=panic"],
            stderr=subprocess.DEVNULL, start_new_session=True, **quiet)
        try:
            wait_for(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait()


def running_postgres() -> ContextManager[Address]:
    """The server that the runner has started, else one for this process alone."""
    if VARIABLE in os.environ:
        return contextlib.nullcontext(Address("127.0.0.1", int(os.environ[VARIABLE])))
    if postgres_programs() is None:
        raise NotInstalled("postgresql (Debian)")
    return postgres()
