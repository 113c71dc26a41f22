"""result-pickling: the results are large, and pickling, piping and unpickling them holds the tasks up."""

from __future__ import annotations

import numpy as np

from tracer.analysis.findings.args_pickling import LARGE_BYTES
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change
from tracer.wording import count


def find(context: Context) -> Finding | None:
    """Ask the model for the run with results in shared memory.

    Needs a pool of processes that finished tasks.
    """
    load = context.load
    if load is None or load.threaded or not len(load) or np.median(load.result_bytes) < LARGE_BYTES:
        return None
    predicted = context.predict(Change(shared_results=True)).predicted_ns / 1e9
    spent = float((load.pack + load.reply + load.collect).sum()) / 1e9
    size = float(load.result_bytes.sum())
    return context.finding(
        "result-pickling",
        context.makespan - predicted,
        title=f"{size / 1e6:,.0f} MB of results were pickled and piped back",
        what=(
            f"The results of {count(len(load), 'task')}, {size / 1e6:,.1f} MB in all, were pickled, piped "
            "and unpickled: "
            f"{seconds(spent)} over all processes, one after the other in the thread that receives them."
        ),
        advice="Return less (reduce in the worker), or write results into shared memory or a file.",
        evidence={
            "result_bytes": int(size),
            "result_bytes_median": int(np.median(load.result_bytes)),
            "pickle_ns": int(load.pack.sum()),
            "collect_ns": int((load.reply + load.collect).sum()),
        },
        predicted_seconds=predicted,
    )
