"""Tests of uvsocket against real programs: uses of libraries, CPython's own tests, many connections, speed."""
