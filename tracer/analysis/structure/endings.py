"""How processes ended that did not end well, and what became of the tasks that they held."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import equals, integers
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Failure:
    """A process that ended with an error: `how` is "exit code 3" or a signal's name, such as "SIGKILL"."""

    name: str
    pid: int
    exitcode: int
    how: str


def failures(trace: Tables) -> tuple[Failure, ...]:
    """Return the children that ended with an error.

    A pool's worker that got SIGTERM is none: so ends every pool that is terminated. Nor is a library's
    process: some catch it and end with its number (pebble).
    """
    frame = trace.processes
    code = integers(frame, "exitcode", missing=0)
    worker = equals(frame, "role", "worker")
    failed = (worker | equals(frame, "role", "process")) & (code != 0)
    library = ~frame["library"].isna().to_numpy(bool)
    failed &= ~((worker | library) & (code == -signal.SIGTERM))
    failed &= ~(library & (code == signal.SIGTERM))
    names = frame["name"].fillna("").astype(str).to_numpy(object)
    pids = integers(frame, "pid", missing=0)
    return tuple(
        Failure(str(names[row]), int(pids[row]), int(code[row]), ending(int(code[row])))
        for row in np.flatnonzero(failed)
    )


def lost_by(trace: Tables) -> dict[str, int]:
    """Return how many tasks were lost by how their worker ended, the rarest first ("" where unknown)."""
    lost = equals(trace.tasks, "status", "lost")
    if not lost.any():
        return {}
    codes = dict(
        zip(
            integers(trace.processes, "process").tolist(),
            integers(trace.processes, "exitcode", missing=0).tolist(),
            strict=True,
        )
    )
    found: dict[str, int] = {}
    for process in integers(trace.tasks, "process")[lost].tolist():
        how = ending(codes.get(process, 0))
        found[how] = found.get(how, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def ending(exitcode: int) -> str:
    """Return an exit code in words: "SIGKILL", "exit code 3", and "" for 0."""
    if exitcode >= 0:
        return f"exit code {exitcode}" if exitcode else ""
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"
