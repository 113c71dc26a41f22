"""How long training loops waited for their next batch: the spans of the category `data wait`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, equals, first_known, floats, integers
from tracer.analysis.structure.pools import of_kinds
from tracer.record.kinds import DATA_WAIT
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class DataWait:
    """What the loops of a run waited, in nanoseconds.

    `loop_ns` adds up the loops: one a thread, from its first wait to the end of its last, all that it did
    between them included. `missing_ns` is the part of the waits, each loop's first left out, in which their
    batch was not there yet: the rest of a wait reads it.
    """

    waited_ns: int
    loop_ns: int
    missing_ns: int = 0

    @property
    def share(self) -> float:
        """Which part of the loops was waiting."""
        return min(self.waited_ns / max(self.loop_ns, 1), 1.0)

    @property
    def missing_share(self) -> float:
        """Which part of the loops was waiting for batches that the workers had not made yet."""
        return min(self.missing_ns / max(self.loop_ns, 1), 1.0)


@cached
def data_wait(trace: Tables) -> DataWait | None:
    """Return it; None where no loop took batches from a loader."""
    which = np.flatnonzero(equals(trace.spans, "category", DATA_WAIT))
    if not which.size:
        return None
    spans = pd.DataFrame(
        {
            "process": integers(trace.spans, "process")[which],
            "tid": integers(trace.spans, "tid")[which],
            "start": floats(trace.spans, "start")[which],
            "end": floats(trace.spans, "end")[which],
        }
    ).dropna()
    spans = spans.sort_values("start", kind="stable")
    loops = spans.groupby(["process", "tid"]).agg({"start": "min", "end": "max"})
    later = spans[spans.duplicated(["process", "tid"])]
    return DataWait(
        int((spans["end"] - spans["start"]).sum()),
        int((loops["end"] - loops["start"]).sum()),
        _missing(trace, later["start"].to_numpy(np.float64), later["end"].to_numpy(np.float64)),
    )


def _missing(trace: Tables, start: Floats, end: Floats) -> int:
    """Return how long these waits were for batches that were not there: those that they ended with."""
    mine = of_kinds(trace, lambda kind: kind.loads_ahead)
    delivered, there = (floats(trace.tasks, name)[mine] for name in ("delivered", "result_pickled"))
    order = np.argsort(delivered, kind="stable")  # what is not known comes last
    delivered, there = delivered[order], there[order]
    place = np.searchsorted(delivered, end, side="right") - 1
    known = (place >= 0) & (np.append(delivered, np.nan)[place] >= start)
    ready = np.where(known, np.append(there, np.nan)[place], np.nan)
    # A wait that ended with no batch, the end of an epoch, was for none.
    waits = np.where(known, np.clip(first_known(ready, end), start, end) - start, 0.0)
    return int(waits.sum())
