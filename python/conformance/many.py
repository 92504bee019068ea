"""Thousands of greenlets fetch a page each by urllib.request, all at once, in several rounds.

The server answers when all requests of a round are open. Checked are the answers, the numbers of descriptors and of
greenlets after the rounds, and that the memory does not grow in the second half of the rounds.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import socket
import sys
import threading
import time
import traceback
import urllib.request
from typing import Callable

from .servers.held import HeldServer
from .servers.process import forked

#: What the memory may grow by in the second half of the rounds: a part of itself, and a number of bytes.
GROWTH, SLACK = 0.03, 2 << 20

#: Runs the function for each number at once, and returns the results in the order of the numbers.
RunAll = Callable[[Callable[[int], bytes], int], "list[bytes]"]


def in_threads(function: Callable[[int], bytes], count: int) -> list[bytes]:
    """Run the function for each number in a thread of its own."""
    results = [b""] * count

    def run(number: int) -> None:
        results[number] = function(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def in_greenlets(function: Callable[[int], bytes], count: int) -> list[bytes]:
    """Run the function for each number in a greenlet of its own."""
    import uvsocket

    tasks = [uvsocket.spawn(function, number) for number in range(count)]
    uvsocket.wait(tasks)
    return [bytes(task.result()) for task in tasks]


def open_descriptors() -> int:
    """The number of open descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))


def live_greenlets() -> int:
    """The number of greenlets that have begun and not ended."""
    if "greenlet" not in sys.modules:
        return 0
    import greenlet

    gc.collect()
    return sum(1 for thing in gc.get_objects() if isinstance(thing, greenlet.greenlet) and bool(thing))


def memory() -> int:
    """The resident memory of this process, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def raise_limit(wanted: int) -> None:
    """Allow `wanted` open descriptors; RuntimeError if the hard limit is less."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise RuntimeError(f"{wanted} descriptors are needed, and the hard limit is {hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def exchange(number: int) -> bytes:
    """Send a byte through a pair of sockets, and wait for it."""
    a, b = socket.socketpair()
    with a, b:
        a.sendall(b"x")
        return b.recv(1)


def one_round(run_all: RunAll, address: tuple[str, int], count: int) -> float:
    """Fetch `count` pages at once, and check them; the time in seconds."""

    def fetch(number: int) -> bytes:
        with urllib.request.urlopen(f"http://{address[0]}:{address[1]}/{number}") as answer:
            return bytes(answer.read())

    start = time.monotonic()
    answers = run_all(fetch, count)
    wrong = [number for number, answer in enumerate(answers) if answer != b"page %d" % number]
    if wrong:
        raise AssertionError(f"{len(wrong)} of {count} answers are wrong: number {wrong[0]} is {answers[wrong[0]]!r}")
    return time.monotonic() - start


def check(run_all: RunAll, addresses: list[tuple[str, int]], count: int) -> list[str]:
    """Run a round at each address; what is wrong after them."""
    run_all(exchange, 2)  # makes the loop and the hub
    before = after = open_descriptors(), live_greenlets()
    print(f"before the first round: {before[0]} descriptors, {before[1]} greenlets", flush=True)
    sizes = []
    for number, address in enumerate(addresses):
        seconds = one_round(run_all, address, count)
        gc.collect()
        after = open_descriptors(), live_greenlets()
        sizes.append(memory())
        print(f"round {number + 1}: {count} pages in {seconds:.2f} s, {after[0]} descriptors, {after[1]} greenlets, "
              f"{sizes[-1] / 2**20:.1f} MB", flush=True)
    wrong = []
    for what, first, last in zip(("descriptors", "greenlets"), before, after):
        if last != first:
            wrong.append(f"{last} {what} after the last round, {first} before the first")
    middle, last = sizes[len(sizes) // 2], min(sizes[-2:])
    if len(sizes) >= 4 and last > middle * (1 + GROWTH) + SLACK:
        wrong.append(f"memory grew from {middle} to {last} bytes in the second half of the rounds")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.many", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=5000, help="greenlets at once (default: 5000)")
    parser.add_argument("--rounds", type=int, default=10, help="rounds (default: 10)")
    parser.add_argument("--plain", action="store_true", help="threads on plain sockets, to try the test itself")
    options = parser.parse_args()
    raise_limit(options.count + options.rounds + 100)
    # A port for each round: the ports of one round's clients may still be in TIME_WAIT in the next.
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=options.count) for _ in range(options.rounds)]
    addresses = [listener.getsockname() for listener in listeners]
    with forked(lambda: HeldServer(listeners, options.count).serve()):
        for listener in listeners:
            listener.close()
        wrong = run(addresses, options.count, options.plain)
    for text in wrong:
        print(f"FAIL: {text}")
    print("0 passed, 1 failed, 0 skipped" if wrong else "1 passed, 0 failed, 0 skipped")
    return 1 if wrong else 0


def run(addresses: list[tuple[str, int]], count: int, plain: bool) -> list[str]:
    """Run the rounds; what is wrong."""
    try:
        if plain:
            return check(in_threads, addresses, count)
        import uvsocket

        with uvsocket.patched():
            return check(in_greenlets, addresses, count)
    except Exception as error:
        traceback.print_exc()
        return [f"{type(error).__name__}: {error}"]


if __name__ == "__main__":
    sys.exit(main())
