"""Run CPython's own tests of sockets and of what uses them, on plain sockets and under uvsocket.patch(); compare.

A test that passes on plain sockets and not under the patch is a failure, unless `cpython_differences.txt` gives the
reason; a test listed there that passes is a failure too. A failure is tried a second time, alone.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import importlib.util
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple, Optional, Sequence

MODULES = ["test_socket", "test_ssl", "test_httplib", "test_ftplib", "test_smtplib", "test_poplib", "test_imaplib",
           "test_urllib2_localnet", "test_socketserver", "test_selectors", "test_select", "test_httpservers",
           "test_xmlrpc"]
HERE = pathlib.Path(__file__).resolve().parent
TEST_LIMIT = 20.0
MODULE_LIMIT = 300.0

#: Test: (`ok`, `failed`, `skipped`, `expected failure` or `hung`, reason).
Outcomes = dict[str, tuple[str, str]]


class Comparison(NamedTuple):
    """The tests of one module, by what became of them under the patch."""

    same: list[str]
    skipped: list[str]
    failed_plain: list[str]
    listed: list[str]
    failed: dict[str, str]
    second: list[str]


def run_module(module: str, way: str, only: Sequence[str] = (), without: Sequence[str] = ()) -> Outcomes:
    """The outcomes of a module's tests; a child that a hanging test has ended is followed by another.

    `only` names the tests to run, if not all; `without` the tests not to run.
    """
    end = time.monotonic() + MODULE_LIMIT
    with tempfile.TemporaryDirectory(prefix="conformance-") as directory:
        path = os.path.join(directory, "results")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps([name, "excluded", ""]) + "\n" for name in without)
        crashes = 0
        while True:
            errors = run_child(module, way, path, directory, end - time.monotonic(), only)
            outcomes, running, ended = read(path)
            if ended:
                return outcomes
            over = time.monotonic() >= end
            if running is None or over or crashes >= 20:
                name = running or module
                limit = f"not done after {MODULE_LIMIT:g} s" if over else "the process ended"
                outcomes[name] = ("hung", f"{limit}\n{errors}")
                return outcomes
            crashes += 1
            word = "hung" if "Timeout (" in errors else "failed"
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps([running, word, f"the process ended in this test\n{errors}"]) + "\n")


def run_child(module: str, way: str, path: str, directory: str, limit: float, only: Sequence[str]) -> str:
    """Run one child to its end or to the time limit; what it wrote to stderr."""
    command = [sys.executable, "-m", "conformance.cpython_child", module, way, path, str(TEST_LIMIT), *only]
    search = os.pathsep.join([str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    work = tempfile.mkdtemp(dir=directory)
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        child = subprocess.Popen(command, cwd=work, env={**os.environ, "PYTHONPATH": search}, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
        try:
            child.wait(max(limit, 0.1))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGABRT)  # faulthandler writes the tracebacks
                time.sleep(0.5)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        errors.seek(0)
        return errors.read()[-6000:]


def read(path: str) -> tuple[Outcomes, Optional[str], bool]:
    """The outcomes in a file of results, the test that has started and not ended, and whether the module ended."""
    outcomes: Outcomes = {}
    running = None
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    for name, word, reason in lines:
        if word == "end":
            return outcomes, None, True
        if word == "started":
            running = name
        else:
            outcomes[name] = (word, reason)
            running = None if name == running else running
    return outcomes, running, False


def plain_outcomes(module: str, cache: Optional[pathlib.Path]) -> Outcomes:
    """The outcomes on plain sockets, from the cache file if it has them."""
    key = f"{module} {sys.version}"
    kept: dict[str, Outcomes] = {}
    if cache is not None and cache.exists():
        kept = json.loads(cache.read_text())
        if key in kept:
            return {name: (word, reason) for name, (word, reason) in kept[key].items()}
    outcomes = run_module(module, "plain")
    if cache is not None:
        kept = json.loads(cache.read_text()) if cache.exists() else {}
        kept[key] = outcomes
        temporary = cache.with_suffix(".new")
        temporary.write_text(json.dumps(kept))
        temporary.replace(cache)
    return outcomes


def differences() -> dict[str, str]:
    """The listed differences of this version of Python: test and reason."""
    version = "{}.{}".format(*sys.version_info)
    listed = {}
    for line in (HERE / "cpython_differences.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"(?P<test>[\w.]+)(?: \((?P<versions>[\d., ]+)\))?: (?P<reason>.+)", line)
        if match is None:
            raise ValueError(f"cpython_differences.txt: no test and reason: {line}")
        if not match["versions"] or version in match["versions"].replace(" ", "").split(","):
            listed[match["test"]] = match["reason"]
    return listed


def compare(module: str, plain: Outcomes, patched: Outcomes, listed: dict[str, str]) -> Comparison:
    """Sort the tests by both outcomes; run failures a second time."""
    result = Comparison([], [], [], [], {}, [])
    for name, (word, _) in plain.items():
        got, reason = patched.get(name, ("missing", "the test did not run under the patch"))
        if word == "skipped":
            result.skipped.append(name)
        elif word in ("failed", "hung"):
            result.failed_plain.append(name)
        elif name in listed:
            if got == word:
                result.failed[name] = "passes, although cpython_differences.txt lists it"
            else:
                result.listed.append(name)
        elif got == word:
            result.same.append(name)
        else:
            result.failed[name] = f"{got}: {reason}"
    for name in [name for name in result.failed if name not in listed][:10]:
        if run_module(module, "patched", [name]).get(name, ("", ""))[0] == plain[name][0]:
            del result.failed[name]
            result.same.append(name)
            result.second.append(name)
    return result


def report(module: str, result: Comparison) -> None:
    """Print the module's line, and what there is to know about single tests."""
    compared = len(result.same) + len(result.listed) + len(result.failed)
    parts = [f"{len(result.same)} of {compared} as on plain sockets", f"{len(result.skipped)} skipped there"]
    if result.failed_plain:
        parts.append(f"{len(result.failed_plain)} fail there")
    if result.listed:
        parts.append(f"{len(result.listed)} differ (listed)")
    if result.failed:
        parts.append(f"{len(result.failed)} differ (not listed)")
    print(f"{module}: {', '.join(parts)}", flush=True)
    for name in result.second:
        print(f"  second run needed: {name}", flush=True)
    for name, reason in result.failed.items():
        word, _, text = reason.partition(":")
        last = "the tracebacks are on stderr" if word == "hung" else text.strip().rpartition("\n")[2][:200]
        print(f"  FAIL {name}: {word}" + (f": {last}" if last else ""), flush=True)
        print(f"--- {name}\n{reason}", file=sys.stderr, flush=True)


def run_both(module: str, cache: Optional[pathlib.Path], listed: dict[str, str]) -> Comparison:
    """Run a module's tests both ways, and compare."""
    plain = plain_outcomes(module, cache)
    bad = [name for name, (word, _) in plain.items() if word in ("failed", "hung")]
    return compare(module, plain, run_module(module, "patched", without=bad), listed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.cpython", description=__doc__)
    parser.add_argument("--cache", type=pathlib.Path, help="keep the outcomes on plain sockets in this file")
    parser.add_argument("--plain", action="store_true", help="run on plain sockets only, and print what fails there")
    parser.add_argument("--jobs", type=int, default=2, help="modules at once (default: 2)")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="the test modules (default: all)")
    options = parser.parse_args()
    modules = options.modules or MODULES
    if importlib.util.find_spec("test.test_socket") is None:
        print("skip: CPython's tests are not installed; install libpython3-testsuite (Debian)")
        print(f"0 passed, 0 failed, {len(modules)} skipped")
        return 0
    listed = {} if options.plain else differences()
    passed = failed = skipped = differ = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        if options.plain:
            runs = [pool.submit(plain_only, module, options.cache) for module in modules]
        else:
            runs = [pool.submit(run_both, module, options.cache, listed) for module in modules]
        for module, run in zip(modules, runs):
            result = run.result()
            report(module, result)
            passed += len(result.same)
            failed += len(result.failed)
            skipped += len(result.skipped)
            differ += len(result.listed)
    if differ:
        print(f"{differ} differ for the reasons in cpython_differences.txt")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


def plain_only(module: str, cache: Optional[pathlib.Path]) -> Comparison:
    """The outcomes on plain sockets in the same form; what fails there is a failure."""
    plain = plain_outcomes(module, cache)
    bad = {name: f"{word}: {reason}" for name, (word, reason) in plain.items() if word in ("failed", "hung")}
    return Comparison([name for name, (word, _) in plain.items() if word in ("ok", "expected failure")],
                      [name for name, (word, _) in plain.items() if word == "skipped"], [], [], bad, [])


if __name__ == "__main__":
    sys.exit(main())
