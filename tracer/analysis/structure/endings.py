"""How processes ended that did not end well, and what became of the tasks that they held."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import equals, integers
from tracer.record.kinds import kind_of
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

    A pool's worker that got SIGTERM is none: so ends every pool that is terminated, and what its exit code is
    then depends on the kind of pool. Nor is a library's process.
    """
    frame = trace.processes
    code = integers(frame, "exitcode", missing=0)
    worker = equals(frame, "role", "worker")
    failed = (worker | equals(frame, "role", "process")) & (code != 0)
    library = ~frame["library"].isna().to_numpy(bool)
    failed &= ~(worker & np.isin(code, _stopped(trace)))
    failed &= ~(library & (np.abs(code) == signal.SIGTERM))
    names = frame["name"].fillna("").astype(str).to_numpy(object)
    pids = integers(frame, "pid", missing=0)
    return tuple(
        Failure(str(names[row]), int(pids[row]), int(code[row]), ending(int(code[row])))
        for row in np.flatnonzero(failed)
    )


def _stopped(trace: Tables) -> list[int]:
    """Return the exit codes of workers that one of the trace's pools may have ended itself."""
    kinds = trace.tasks["kind"].dropna().unique().tolist() or [""]
    return sorted({code for kind in kinds for code in kind_of(kind).stopped})


def lost_by(trace: Tables) -> dict[str, int]:
    """Return how many tasks were lost by how their worker ended, the rarest first ("" where unknown).

    Where its pool has ended it, by the error that the program was given, if that was told ("TimeoutError").
    """
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
    stopped, errors = _stopped(trace), trace.tasks["error"][lost].fillna("").tolist()
    for process, error in zip(integers(trace.tasks, "process")[lost].tolist(), errors, strict=True):
        code = codes.get(process, 0)
        how = error if error and code in stopped else ending(code)
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


def is_error(how: str) -> bool:
    """Tell, of the ways in which tasks were lost, an error with which their pool gave them up."""
    return bool(how) and not how.startswith(("SIG", "signal ", "exit code "))
