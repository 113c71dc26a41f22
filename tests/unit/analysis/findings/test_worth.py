"""Worth it or not: the wall time, what the model is sure of, and a program without a pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.traces import MS, pool_trace
from tracer.analysis.findings import Context, Finding, diagnose, headline
from tracer.analysis.findings.worth import weighed, without_pools
from tracer.analysis.model.one_process import one_process_ns
from tracer.tables.tables import Tables


def finding(saved: float = 0.3, **changes: object) -> Finding:
    """Return a finding that promises something."""
    return Finding("tiny-tasks", saved, 0.5, "Tiny.", "Use chunks.", **changes)  # type: ignore[arg-type]


def longer(trace: Tables, more: int) -> Tables:
    """Return a trace whose main process lived so much longer."""
    people = trace.processes.copy()
    people.loc[people["role"] == "main", "exited"] += more
    return replace(trace, processes=people)


@pytest.mark.parametrize(
    ("share", "of_wall", "saved", "principal"),
    [
        (0.5, 0.5, 0.001, True),
        (0.5, 0.05, 0.01, False),
        (0.5, 0.05, 0.06, True),
        (0.05, 0.5, 0.06, False),
        (0.5, None, 0.001, True),
    ],
)
def test_a_headline_is_worth_its_time(
    share: float, of_wall: float | None, saved: float, principal: bool
) -> None:
    """Below a tenth of the wall time, and below 50 ms, nothing is."""
    one = replace(finding(saved), share=share, of_wall=of_wall)
    assert one.is_principal is principal
    assert replace(one, nothing_gained=True).is_principal is False


def test_a_pool_of_some_milliseconds_is_no_headline() -> None:
    """Tiny tasks fill the makespan of a pool that ran for a hundredth of the program: not a word of them."""
    trace = longer(pool_trace(workers=2, tasks=60, task_ns=1000, step_ns=10_000, start_up_ns=MS), 2000 * MS)
    (first,) = diagnose(trace)
    assert first.code == "healthy"
    assert "nothing worth changing" in first.title
    assert headline(trace) is None


def test_advice_that_gains_nothing_is_taken_back() -> None:
    """A change that is predicted to take as long as the run says so, and ranks last."""
    context = Context(pool_trace(workers=2, tasks=8))
    good = weighed(context, finding(predicted_seconds=0.2 * context.makespan))
    bad = weighed(context, finding(predicted_seconds=1.1 * context.makespan))
    assert (good.nothing_gained, good.advice) == (False, "Use chunks.")
    assert bad.nothing_gained
    assert bad.advice == "What the model likes best gains nothing: use chunks."


def test_no_pool_is_advised_where_it_is_faster() -> None:
    """Eight tasks of 10 µs against 200 ms of start-up; not where the tasks are long."""
    trace = pool_trace(workers=2, tasks=8, task_ns=10_000, start_up_ns=200 * MS)
    short = Context(trace)
    said = without_pools([short], finding(predicted_seconds=0.9 * short.makespan))
    assert said.advice.startswith("Use no pool: ")
    assert said.advice.endswith("Or use chunks.")
    assert said.evidence["one_process_seconds"] < 0.5 * said.evidence["with_pool_seconds"]
    load = (
        replace(short.model.load, make=np.zeros(8), after=np.zeros(8), think=np.zeros(1))
        if short.model.load
        else None
    )
    assert load is not None
    assert one_process_ns(load) == pytest.approx(80_000)
    assert one_process_ns(replace(load, cores=0.5)) == pytest.approx(160_000)
    long = Context(pool_trace(workers=4, tasks=40, task_ns=50 * MS))
    assert without_pools([long], finding(predicted_seconds=0.5 * long.makespan)).advice == "Use chunks."
