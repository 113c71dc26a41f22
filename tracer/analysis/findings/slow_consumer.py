"""slow-consumer: results wait for the program's own loop or callbacks, and workers have nothing to run."""

from __future__ import annotations

from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.wording import count


def find(context: Context) -> Finding | None:
    """Look at what the owner of the pool computed from the first result on, while no worker had a task.

    Needs slices. A data loader whose workers wait for the training loop keeps up: that is no fault.
    """
    load, found = context.load, context.model.consumed
    if load is None or found is None or context.keeps_up:
        return None
    length, waited = (found.span[1] - found.span[0]) / 1e9, found.waited_ns / 1e9
    if length <= 0 or waited <= 0:
        return None
    share = min(waited / length, 1.0)
    who = "callbacks" if found.in_callbacks else "the program's own loop"
    each = found.computed_ns / 1e9 / found.results
    after = (
        f" {seconds(found.tail_ns / 1e9)} of that came after the last result."
        if found.tail_ns > 0.01 * found.waited_ns
        else ""
    )
    exact = context.holds is not None and context.holds.exact
    return Finding(
        "slow-consumer",
        waited,
        share,
        what=(
            f"{count(found.results, 'result')} came back, and {who} computed "
            f"{seconds(found.computed_ns / 1e9)} on them, {seconds(each)} a result. For {seconds(waited)} of "
            f"that {'a worker or more' if found.in_turn else 'all workers'} had "
            f"no task to run.{after}"
        ),
        advice=(
            "Do this work in the tasks, so that the workers share it; or hand the results on to a second pool"
            + (
                ", or to a thread of your own: callbacks hold all other results up."
                if found.in_callbacks
                else "."
            )
        ),
        evidence={
            "consuming_seconds": found.computed_ns / 1e9,
            "each_seconds": each,
            "workers_idle_seconds": waited,
            "after_last_result_seconds": found.tail_ns / 1e9,
            "callbacks_seconds": found.callbacks_ns / 1e9,
            "results": found.results,
        },
        confidence="high" if exact else "low",
        missing="" if exact else "no exact slices: who computed when is an estimate",
        title=(
            f"results waited for {who}: {seconds(found.computed_ns / 1e9)} of computing, for "
            f"{seconds(waited)} of which workers had no task"
        ),
        window_ns=found.span if found.tail_ns > 0.01 * found.waited_ns else None,
    )
