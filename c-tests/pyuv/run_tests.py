"""Runs pyuv's own tests one after the other and reports each on a line.

    run_tests.py REPORT SECONDS TEST...
    run_tests.py --list

It is started in pyuv's tests directory. Before a test it writes "start TEST" to
REPORT and afterwards how it went; a test that takes longer than SECONDS, or ends
the process, has no second line, and whoever started us runs the others.

The released tests were written for older Pythons. What they lack today is
supplied here, without touching their files.
"""

import importlib.machinery
import os
import pty
import random
import re
import signal
import sys
import unittest

TESTS = os.getcwd()


class Loader(importlib.machinery.SourceFileLoader):
    """Reads `async`, today a keyword, as the ordinary name that it was."""

    def source_to_code(self, data, path, *, _optimize=-1):
        if os.path.dirname(os.path.abspath(path)) == TESTS:
            data = re.sub(rb"\basync\b", b"async_", data)
        return super().source_to_code(data, path, _optimize=_optimize)


def help_old_tests():
    if sys.version_info >= (3, 7):
        details = (Loader, importlib.machinery.SOURCE_SUFFIXES)
        hook = importlib.machinery.FileFinder.path_hook(details)
        sys.path_hooks.insert(0, lambda path: own(path, hook))
        sys.path_importer_cache.clear()
    if not hasattr(os, "stat_float_times"):
        # They want whole seconds and compare with whole seconds: a float will do.
        os.stat_float_times = lambda newvalue=None: False


def own(path, hook):
    """Lets our loader have the tests' directory and no other."""
    if os.path.abspath(path) != TESTS:
        raise ImportError(path)
    return hook(path)


def terminal():
    """The tty test opens standard input."""
    master, slave = pty.openpty()
    os.dup2(slave, 0)
    os.close(slave)
    return master


class Report(unittest.TestResult):
    def __init__(self, path, seconds):
        super().__init__()
        self.file = open(path, "w", buffering=1)
        self.seconds = seconds
        self.said = None

    def startTest(self, test):
        super().startTest(test)
        self.said = "ok"
        self.file.write("start %s\n" % test.id())
        # Its default action ends the process, also one that is busy in C.
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def stopTest(self, test):
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.file.write("%s\n" % self.said)
        super().stopTest(test)

    def addError(self, test, error):
        super().addError(test, error)
        self.went("error", error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.went("fail", error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.said = "skip " + reason

    def went(self, how, error):
        text = "%s: %s" % (error[0].__name__, error[1])
        if self.said == "ok":
            self.said = "%s %s" % (how, " ".join(text.split()))


def each(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            for test in each(item):
                yield test
        else:
            yield item


def library():
    """The libuv that is loaded."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "/libuv.so" in line}
    return " ".join(sorted(paths))


def main():
    help_old_tests()
    random.seed(1)
    sys.path.insert(0, TESTS)
    loader = unittest.defaultTestLoader
    tests = list(each(loader.discover(TESTS, "test_*.py")))
    if sys.argv[1:] == ["--list"]:
        import pyuv
        print("libuv %s from %s" % (pyuv.LIBUV_VERSION, library()))
        for test in tests:
            print(test.id())
        return
    wanted = set(sys.argv[3:])
    master = terminal()
    report = Report(sys.argv[1], float(sys.argv[2]))
    unittest.TestSuite(t for t in tests if t.id() in wanted).run(report)
    report.file.write("end\n")
    os.close(master)


main()
