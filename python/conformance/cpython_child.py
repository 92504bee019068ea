"""Run one test module of CPython: `python -m conformance.cpython_child MODULE WAY RESULTS LIMIT [ID...]`.

WAY is `plain` or `patched`. A line of JSON goes to the file RESULTS at the start and at the end of each test; tests
that the file names already are not run again, so that the parent goes on after a test which hung. A test that takes
longer than LIMIT seconds ends the process, with the tracebacks of all threads on stderr.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import sys
import traceback
import unittest
from typing import IO, Any, Iterator, Optional

#: CPython's optional resources that are on. `network` is off, because the tests use loopback only, but for modules that
#: ask for it and use loopback.
RESOURCES = {"test_socketserver": ["cpu", "network"]}


class Recorder(unittest.TestResult):
    """Writes what becomes of each test."""

    def __init__(self, file: IO[str], limit: float) -> None:
        super().__init__()
        self.file = file
        self.limit = limit
        self.word = "ok"
        self.reason = ""

    def write(self, test: Any, word: str, reason: str = "") -> None:
        self.file.write(json.dumps([test.id(), word, reason]) + "\n")
        self.file.flush()

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.word, self.reason = "ok", ""
        self.write(test, "started")
        faulthandler.dump_traceback_later(self.limit, exit=True)

    def stopTest(self, test: unittest.TestCase) -> None:
        faulthandler.cancel_dump_traceback_later()
        self.write(test, self.word, self.reason)
        super().stopTest(test)
        gc.collect()

    def failed(self, test: Any, error: Any) -> None:
        """Note the first error; one outside of a test (setUpClass) is written by itself."""
        reason = "".join(traceback.format_exception(*error))
        if self._testMethod(test):
            if self.word != "failed":
                self.word, self.reason = "failed", reason
        else:
            self.write(test, "failed", reason)

    @staticmethod
    def _testMethod(test: Any) -> bool:
        return isinstance(test, unittest.TestCase)

    def addError(self, test: Any, error: Any) -> None:
        self.failed(test, error)

    def addFailure(self, test: Any, error: Any) -> None:
        self.failed(test, error)

    def addSubTest(self, test: Any, subtest: Any, error: Optional[Any]) -> None:
        if error is not None:
            self.failed(test, error)

    def addSkip(self, test: Any, reason: str) -> None:
        if not self._testMethod(test):
            self.write(test, "skipped", reason)
        elif self.word == "ok":
            self.word, self.reason = "skipped", reason

    def addExpectedFailure(self, test: Any, error: Any) -> None:
        self.word = "expected failure"

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.word, self.reason = "failed", "unexpected success"


def each(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """The tests of a suite and of the suites in it."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from each(test)
        else:
            yield test


def named_already(path: str) -> set[str]:
    """The tests that the file of results names."""
    with open(path, encoding="utf-8") as file:
        return {json.loads(line)[0] for line in file}


def main(module: str, way: str, path: str, limit: float, only: list[str]) -> int:
    """Run the tests of the module that have no result yet, in one suite, so that fixtures of classes run once."""
    faulthandler.enable()
    if way == "patched":
        import uvsocket

        uvsocket.patch()
    support = importlib.import_module("test.support")
    setattr(support, "use_resources", RESOURCES.get(module, ["cpu"]))
    setattr(support, "verbose", 0)
    loaded = unittest.defaultTestLoader.loadTestsFromName(f"test.{module}")
    done = named_already(path)
    tests = [test for test in each(loaded) if test.id() not in done and (not only or test.id() in only)]
    with open(path, "a", encoding="utf-8") as file:
        unittest.TestSuite(tests).run(Recorder(file, limit))
        file.write(json.dumps(["", "end", ""]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5:]))
