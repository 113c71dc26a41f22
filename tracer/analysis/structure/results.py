"""Results: who made a message of each, its worker's own thread or a feeder beside it."""

from __future__ import annotations

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, equals, floats, integers
from tracer.analysis.structure.pools import of_kinds
from tracer.record.kinds import QUEUE_FEEDER
from tracer.tables.tables import Tables


@cached
def is_fed(trace: Tables) -> Booleans:
    """Tell which tasks' results a feeder pickled and wrote, while their worker may have gone on.

    A hand-written worker that puts into a `Queue` has one; into a `SimpleQueue` or pipe it writes itself.
    """
    aside, written = (
        of_kinds(trace, asked) for asked in (lambda kind: kind.aside, lambda kind: kind.written)
    )
    if not written.any():
        return aside
    feeding = equals(trace.threads, "role", QUEUE_FEEDER)
    fed = np.isin(integers(trace.tasks, "process"), integers(trace.threads, "process")[feeding])
    return aside | (written & fed)


def by_worker(trace: Tables) -> tuple[Floats, Floats]:
    """Return when the worker's own thread had pickled each result, and written it; NaN where it did not."""
    fed = is_fed(trace)
    pickled, sent = floats(trace.tasks, "result_pickled"), floats(trace.tasks, "result_sent")
    if fed.any():
        pickled[fed] = sent[fed] = np.nan
    return pickled, sent
