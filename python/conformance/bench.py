"""Requests per second over connections that stay open, and memory of an idle connection: uvsocket and gevent.

Every client runs the same code on plain-looking sockets against the same server, a small C program in a process of its
own. The rounds are interleaved; the table has medians and, in brackets, quartiles. `--python NAME=COMMAND` measures
uvsocket with another Python command, for instance one for each library that pyuv is linked with.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from typing import Iterator, NamedTuple, Optional, Sequence

HERE = pathlib.Path(__file__).resolve().parent


class Contender(NamedTuple):
    """A row of the table: the kind of client, the command of its Python, and variables of its environment."""

    name: str
    kind: str
    python: Sequence[str]
    environment: dict[str, str]

    def takes(self, connections: int) -> bool:
        """Whether this kind has as many connections at once."""
        return connections == 1 or self.kind in ("uvsocket", "gevent")


@contextlib.contextmanager
def server() -> Iterator[int]:
    """Compile and run the server while the context lasts; gives its port."""
    compiler = os.environ.get("CC") or shutil.which("cc")
    if compiler is None:
        raise SystemExit("skip: no C compiler; install gcc (Debian)")
    with tempfile.TemporaryDirectory(prefix="conformance-") as directory:
        program = os.path.join(directory, "server")
        subprocess.run([*shlex.split(compiler), "-O2", "-Wall", "-o", program, str(HERE / "bench_server.c")],
                       check=True)
        with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None and process.stdout is not None
            try:
                yield int(process.stdout.readline())
            finally:
                process.stdin.close()


def run_client(contender: Contender, connections: int, seconds: float, port: int) -> dict[str, float]:
    """One measurement in a process of its own."""
    search = os.pathsep.join([str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": search, **contender.environment}
    command = [*contender.python, "-m", "conformance.bench_client", contender.kind, str(connections), str(seconds),
               str(port)]
    done = subprocess.run(command, env=environment, cwd=HERE.parent, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60 + 10 * seconds)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2] or f"exit status {done.returncode}")
    result: dict[str, float] = json.loads(done.stdout)
    return result


def contenders(pythons: Sequence[tuple[str, Sequence[str]]]) -> list[Contender]:
    """uvsocket with each Python, in both ways of waiting; gevent with both loops; plain sockets."""
    here = [sys.executable]
    rows = [Contender("plain sockets, no greenlet", "plain", here, {})]
    for name, python in pythons:
        rows.append(Contender(f"{name}, no greenlet", "uvsocket-turn", python, {}))
        rows.append(Contender(name, "uvsocket", python, {}))
    rows.append(Contender("gevent, libuv", "gevent", here, {"GEVENT_LOOP": "libuv-cffi"}))
    rows.append(Contender("gevent, libev", "gevent", here, {"GEVENT_LOOP": "libev-cext"}))
    return rows


def works(contender: Contender, port: int) -> Optional[str]:
    """None if a short measurement succeeds, else why the row is left out."""
    try:
        run_client(contender, 1, 0.05, port)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None


def spread(values: Sequence[float], scale: float = 1.0) -> str:
    """The median, and the quartiles in brackets."""
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0] / scale:,.0f}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle / scale:,.0f} [{low / scale:,.0f}-{high / scale:,.0f}]"


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns, the first to the left and the others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        print("  ".join(cells))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.bench", description=__doc__)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 100, 5000], metavar="N",
                        help="connections at once, each with a greenlet (default: 1 100 5000)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default: 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds of one measurement (default: 2)")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=COMMAND",
                        help="measure uvsocket with this command of Python; may be given several times")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < max(options.connections) + 100:
        parser.error(f"{max(options.connections)} connections are more than the descriptors allowed: {hard}")
    pythons = [(name, shlex.split(command)) for name, _, command in (text.partition("=") for text in options.python)]
    with server() as port:
        rows = []
        for contender in contenders(pythons or [("uvsocket", [sys.executable])]):
            reason = works(contender, port)
            if reason is None:
                rows.append(contender)
            else:
                print(f"skip {contender.name}: {reason}", flush=True)
        measure(rows, options.connections, options.rounds, options.seconds, port)
    return 0


def measure(rows: list[Contender], counts: list[int], rounds: int, seconds: float, port: int) -> None:
    """Run the rounds and print the table."""
    rates: dict[tuple[str, int], list[float]] = {(row.name, count): [] for row in rows for count in counts}
    memory: dict[str, list[float]] = {row.name: [] for row in rows}
    for _ in range(rounds):
        for count in counts:
            for row in rows:
                if not row.takes(count):
                    continue
                result = run_client(row, count, seconds, port)
                rates[row.name, count].append(result["rate"])
                if count == max(counts) and count > 1:
                    memory[row.name].append(result["memory"])
    print(f"requests per second, median [quartiles] of {rounds} rounds of {seconds:g} s; "
          f"memory of an idle connection of {max(counts)}, with its greenlet")
    head = ["", *(f"{count} connections" for count in counts), "KiB a connection"]
    print_table(head, [[row.name, *(spread(rates[row.name, count]) for count in counts),
                        spread(memory[row.name], 1024)] for row in rows])


if __name__ == "__main__":
    sys.exit(main())
