"""Runs the tests: `python -m tests [NAME...]` in `python/`, a name being `module.Class.test`.

Prints a line for each, `ok NAME`, `FAIL NAME: REASON` or `skip NAME: REASON`, and at the end
`N passed, N failed, N skipped`. A test that takes longer than a minute ends the run.
"""

from __future__ import annotations

import faulthandler
import pathlib
import sys
import unittest
from typing import Any

LIMIT = 60

HERE = pathlib.Path(__file__).resolve().parent


class Lines(unittest.TestResult):
    """Prints how each test ended."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0
        self._failed = False

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._failed = False
        faulthandler.dump_traceback_later(LIMIT, exit=True)

    def stopTest(self, test: unittest.TestCase) -> None:
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        if not self._failed:
            self.passed += 1
            print(f"ok {test.id()}", flush=True)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        print(f"skip {test.id()}: {reason}", flush=True)

    def addError(self, test: unittest.TestCase, error: Any) -> None:
        super().addError(test, error)
        self._fail(test, error)

    def addFailure(self, test: unittest.TestCase, error: Any) -> None:
        super().addFailure(test, error)
        self._fail(test, error)

    def addSubTest(self, test: unittest.TestCase, subtest: Any, error: Any) -> None:
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._fail(test, error)

    def _fail(self, test: unittest.TestCase, error: Any) -> None:
        if not self._failed:
            reason = " ".join(str(error[1]).split()) or error[0].__name__
            print(f"FAIL {test.id()}: {error[0].__name__}: {reason}", flush=True)
            print(self._exc_info_to_string(error, test), file=sys.stderr)  # type: ignore[attr-defined]
        self._failed = True


def main(names: list[str]) -> int:
    """Runs the tests of these names, or all."""
    sys.path.insert(0, str(HERE))
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE), top_level_dir=str(HERE))
    result = Lines()
    suite.run(result)
    failed = len({test.id() for test, _ in result.failures + result.errors})
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
