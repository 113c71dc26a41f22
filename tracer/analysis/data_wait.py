"""How long training loops waited for their next batch: the spans of the category `data wait`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import equals, floats, integers
from tracer.record.kinds import DATA_WAIT
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class DataWait:
    """What the loops of a run waited, in nanoseconds.

    `loop_ns` adds up the loops: one a thread, from its first wait to the end of its last, all that it did
    between them included.
    """

    waited_ns: int
    loop_ns: int

    @property
    def share(self) -> float:
        """Which part of the loops was waiting."""
        return min(self.waited_ns / max(self.loop_ns, 1), 1.0)


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
    loops = spans.groupby(["process", "tid"]).agg({"start": "min", "end": "max"})
    return DataWait(int((spans["end"] - spans["start"]).sum()), int((loops["end"] - loops["start"]).sum()))
