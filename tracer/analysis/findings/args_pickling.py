"""args-pickling: the arguments are large, and pickling, piping and unpickling them holds the tasks up."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change, unpickled
from tracer.wording import count

ALIKE = 1.05
"""Messages that differ by less in their size carry the same object again, or some that are alike."""
LARGE_BYTES = 16_384
"""Below this a message costs about the same whatever is in it (tiny-tasks)."""


def find(context: Context) -> Finding | None:
    """Ask the model for the run with arguments in shared memory.

    Needs a pool of processes that finished tasks.
    """
    load = context.load
    if load is None or load.threaded or not len(load) or np.median(load.args_bytes) < LARGE_BYTES:
        return None
    predicted = context.predict(Change(shared_args=True)).predicted_ns / 1e9
    unpickle = unpickled(load)
    spent = float((load.serialize + load.write + load.receive + unpickle).sum()) / 1e9
    size = float(load.args_bytes.sum())
    return context.finding(
        "args-pickling",
        context.makespan - predicted,
        title=f"{size / 1e6:,.0f} MB of arguments were pickled and piped to the workers",
        what=(
            f"The arguments of {count(len(load), 'task')}, {size / 1e6:,.1f} MB in all, were pickled, piped "
            "and unpickled: "
            f"{seconds(spent)} over all processes."
        ),
        advice=_advice(load.args_bytes),
        evidence={
            "args_bytes": int(size),
            "args_bytes_median": int(np.median(load.args_bytes)),
            "serialize_ns": int(load.serialize.sum()),
            "transfer_ns": int((load.write + load.receive).sum()),
            "unpickle_ns": int(unpickle.sum()),
        },
        predicted_seconds=predicted,
    )


def _advice(size: Floats) -> str:
    """Return what to do: of what is the same for every task, one copy a worker is enough."""
    apart = "Put large arguments into shared memory or a file that workers map, or load them in the workers."
    least, most = np.percentile(size, [5, 95])
    if size.size < 3 or most > ALIKE * least:
        return apart
    return (
        "Hand over once, by the pool's `initializer`, what every task needs (a model, a method's `self`, "
        "what a `partial` holds); put the rest into shared memory, or load it in the workers."
    )
