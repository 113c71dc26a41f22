"""Runs a scenario's `main` with options: `python scenario_main.py PATH '{"workers": 8}'`.

The scenario's file becomes this process's `__main__`, so that its functions pickle by name under every start
method; it is executed as `__mp_main__`, the name that a spawned child gives it, so that its own
`if __name__ == "__main__"` stays quiet and `main` is called here, with the options.
"""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType, TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RUNNER = __file__


def _trim(trace: TracebackType | None) -> TracebackType | None:
    """Drop the frames of this file from the top of a traceback."""
    while trace is not None and trace.tb_frame.f_code.co_filename == _RUNNER:
        trace = trace.tb_next
    return trace


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    trace = _trim(trace)
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


def _run_main(path: str, options: dict[str, Any]) -> None:
    sys.argv = [path]
    sys.path[0] = os.path.dirname(path)
    sys.excepthook = _excepthook
    module = ModuleType("__mp_main__")
    module.__file__ = path
    sys.modules["__main__"] = sys.modules["__mp_main__"] = module
    with open(path, encoding="utf-8") as file:
        source = file.read()
    exec(compile(source, path, "exec"), module.__dict__)
    module.main(**options)


if __name__ == "__main__":
    _run_main(sys.argv[1], json.loads(sys.argv[2]))
