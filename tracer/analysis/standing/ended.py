"""Who had ended by the time of a look, and how."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Integers, equals, floats, integers
from tracer.analysis.structure.endings import Failure, ending, failures
from tracer.tables.tables import Tables


def gone(trace: Tables, seen: float) -> Integers:
    """Return the processes that had ended by then."""
    return np.asarray(
        integers(trace.processes, "process")[floats(trace.processes, "exited") <= seen], np.int64
    )


def dead_before(trace: Tables, seen: float) -> list[Failure]:
    """Return the processes that had died by then."""
    return [one for one in failures(trace) if one.at_ns is not None and one.at_ns <= seen]


def stopped_before(trace: Tables, seen: float) -> list[str]:
    """Return clauses on the processes that their owner had ended by a signal by then: "left (4711) was …"."""
    people = trace.processes
    mine = (floats(people, "stopped") <= seen) & (floats(people, "exited") <= seen)
    mine &= integers(people, "exitcode", missing=0) < 0
    rows = people[mine & equals(people, "role", "process")]
    return [
        f"{name} ({pid}) was ended by {ending(int(code))}"
        for name, pid, code in zip(rows["name"], rows["pid"], rows["exitcode"], strict=True)
    ]
