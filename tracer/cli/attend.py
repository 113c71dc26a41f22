"""The attendant of a program that TRACER traces: begins the run, waits for its end, makes its views.

`tracer/instrument/environment.py` starts it, and draws who tells whom what. It has no streams: what there is
to say the program says.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from tracer import recording, requirements, run_folder
from tracer.cli import record
from tracer.errors import TracerError
from tracer.masking import MASK
from tracer.record import alive, clock
from tracer.record.collector import await_end
from tracer.steps import lacking

_LOOK_SECONDS = 1.0


def main() -> None:
    """Attend to the program that the arguments name; return when its run is saved."""
    _root, out, life, ready, ready_write, tell, pid, *words = sys.argv[1:]
    try:
        requirements.check()
        pipes = (int(life), -1, int(ready), int(ready_write))
        folder = run_folder.numbered(Path(out))
        run = recording.begin(folder, _command(words), _shown(words), pipes=pipes)
    except (TracerError, OSError) as error:
        _tell(int(tell), ascii({"why": f"the program runs untraced: {error}"}))
        return
    _tell(int(tell), ascii({"plan": run.collector.plan}))
    end = {"pid": int(pid), "exited": _await(int(pid), run.collector.ready)}
    arguments = argparse.Namespace(quiet=True, json=False, debug=False)
    try:
        complaints = record.afterwards(run, end, arguments)
    except Exception as error:
        complaints = [lacking(error)]
    for complaint in complaints:
        _tell(int(tell), complaint)


def _await(pid: int, ready: int) -> int:
    """Wait until the collector has gone, or the program has; return when."""
    start = alive.started(pid)
    while not await_end(ready, _LOOK_SECONDS) and alive.is_alive(pid, start):
        pass
    return clock.clock()


def _tell(descriptor: int, line: str) -> None:
    with suppress(OSError):  # the program is gone
        os.write(descriptor, line.encode() + b"\n")


def _command(words: list[str]) -> str:
    """Return what the run is called: as it would be with `python -m tracer run`."""
    first = next((word for word in words if not word.startswith("-") or word in ("-m", "-c")), "-")
    return f"run -m {words[words.index('-m') + 1]}" if first == "-m" else f"run {first}"


def _shown(words: list[str]) -> list[str]:
    """Return the arguments for the trace: a command's code is nobody's."""
    if "-c" not in words:
        return words
    at = words.index("-c")
    return [*words[: at + 1], MASK, *words[at + 2 :]]
