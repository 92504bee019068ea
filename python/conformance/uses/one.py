"""Run one use in one way in this process: `python -m conformance.uses.one MODULE NAME WAY`.

The exit status is 0 for passed, 1 for failed (the traceback is on stderr), 77 for skipped; the reason of a failure or
of a skip is the last line of stdout. The servers are forked before the use is patched.
"""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import traceback

from ..servers import FIXTURES, Skip
from . import ways
from .registry import load

SKIPPED = 77


def main(module: str, name: str, way: str, limit: float) -> int:
    faulthandler.enable()
    faulthandler.dump_traceback_later(limit)
    use = load(module)[name]
    try:
        missing = use.missing()
        if missing:
            raise Skip(", ".join(missing))
        with contextlib.ExitStack() as stack:
            arguments = {parameter: stack.enter_context(FIXTURES[parameter]()) for parameter in use.parameters}
            ways.run(use, way, arguments)
    except Skip as reason:
        print(reason)
        return SKIPPED
    except BaseException as error:
        traceback.print_exc()
        print(" ".join(traceback.format_exception_only(type(error), error)[-1].split()) or repr(error))
        return 1
    faulthandler.cancel_dump_traceback_later()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))
