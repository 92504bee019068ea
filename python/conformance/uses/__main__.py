"""Run the uses, each in a child process with a time limit, two at a time."""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
from typing import IO, Iterator, NamedTuple

from .. import certs
from ..servers import databases
from .one import SKIPPED
from .registry import Use, load
from .ways import WAYS

LIMIT = 10.0
AT_ONCE = 2


class Result(NamedTuple):
    """What became of a use: `ok`, `FAIL` or `skip`, with a reason, and the child's stderr."""

    word: str
    reason: str
    errors: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.uses", description=__doc__)
    parser.add_argument("--way", choices=list(WAYS), default="turn",
                        help="; ".join(f"{way}: {text}" for way, text in WAYS.items()) + " (default: turn)")
    parser.add_argument("--list", action="store_true", help="print the names of the uses and end")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the uses to run (default: all)")
    options = parser.parse_args()
    uses = load()
    unknown = [name for name in options.names if name not in uses]
    if unknown:
        parser.error(f"no use has the name {', '.join(unknown)}")
    chosen = [uses[name] for name in options.names] or list(uses.values())
    if options.list:
        print("\n".join(use.name for use in chosen))
        return 0
    counts = {"ok": 0, "FAIL": 0, "skip": 0}
    for use, result in run_all(chosen, options.way):
        counts[result.word] += 1
        print(result.word, use.name + (f": {result.reason}" if result.reason else ""), flush=True)
        if result.word == "FAIL":
            print(f"--- {use.name} ({options.way})\n{result.errors}", file=sys.stderr, flush=True)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return 1 if counts["FAIL"] or not counts["ok"] else 0


def run_all(uses: list[Use], way: str) -> Iterator[tuple[Use, Result]]:
    """Run the uses, those that need PostgreSQL last, because it starts meanwhile."""
    last = [use for use in uses if "postgres" in use.parameters]
    with contextlib.ExitStack() as stack:
        if certs.available():
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-certs-"))
            certs.make(pathlib.Path(directory))
            os.environ[certs.VARIABLE] = directory
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(AT_ONCE))
        first = [(use, pool.submit(run_one, use, way)) for use in uses if use not in last]
        if last and way_allows(last, way) and databases.postgres_programs() is not None:
            address = stack.enter_context(databases.postgres())
            os.environ[databases.VARIABLE] = str(address.port)
        second = [(use, pool.submit(run_one, use, way)) for use in last]
        for use, future in first + second:
            yield use, future.result()


def way_allows(uses: list[Use], way: str) -> bool:
    """Whether any of these uses runs in this way."""
    return any(not use.missing() and (way != "explicit" or use.explicit) for use in uses)


def run_one(use: Use, way: str) -> Result:
    """Run one use in a child process, which leads a process group; nothing of the group is left."""
    if way == "explicit" and not use.explicit:
        return Result("skip", f"no explicit patch: {use.no_explicit}", "")
    command = [sys.executable, "-m", "conformance.uses.one", use.function.__module__, use.name, way, str(LIMIT - 1)]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                 start_new_session=True)
        try:
            status = child.wait(LIMIT)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        return judge(status, text(output), text(errors))


def judge(status: "int | None", output: str, errors: str) -> Result:
    """The result by the child's exit status; None means that its time was over."""
    last = output.strip().rpartition("\n")[2]
    if status == 0:
        return Result("ok", "", errors)
    if status == SKIPPED:
        return Result("skip", last, errors)
    if status is None:
        return Result("FAIL", f"not done after {LIMIT:g} s", errors)
    if status < 0:
        return Result("FAIL", f"ended by signal {signal.Signals(-status).name}", errors)
    return Result("FAIL", last or f"exit status {status}", errors)


def text(file: IO[bytes]) -> str:
    """All that was written to a file."""
    file.seek(0)
    return file.read().decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
