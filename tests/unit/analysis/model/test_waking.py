"""What a sleeping reader costs, in the model."""

from __future__ import annotations

import pytest

from tests.unit.analysis.model.test_simulate import load
from tracer.analysis.model import simulate
from tracer.analysis.model.waking import Extra, Waking


def test_how_many_results_find_their_reader_asleep() -> None:
    """One worker, tasks of 10 and 1 to collect: it sleeps each time. Tasks of 1, 10 to collect: only once."""
    assert simulate(load(4, 1, work=[10] * 4, collect=[1] * 4)).asleep == 1
    assert simulate(load(4, 1, work=[1] * 4, collect=[10] * 4)).asleep == 0.25


def test_a_change_that_makes_readers_sleep_costs_more() -> None:
    """In the run nobody slept; now all do: 3 more to write, each time, and 5 to collect, at the end."""
    made = load(4, 1, work=[10] * 4, collect=[1] * 4)
    extra = Extra.of(Waking(3.0, 5.0, 7.0), asleep=0.0, busy=False)
    assert simulate(made).makespan_ns == 41
    assert simulate(made, extra).makespan_ns == pytest.approx(41 + 3 * 3 + 5)


def test_what_was_paid_already_is_not_paid_again() -> None:
    """In the run all slept, and still do."""
    made = load(4, 1, work=[10] * 4, collect=[1] * 4)
    extra = Extra.of(Waking(3.0, 5.0, 7.0), asleep=1.0, busy=True)
    assert (extra.collect_ns, simulate(made, extra).makespan_ns) == (7.0, 41)


def test_a_run_knows_what_waking_costs_on_its_machine() -> None:
    """By its `meta.json`, where it was measured; a file that lacks a number says nothing."""
    known = {"write_ns": 10, "latency_ns": 50.5, "busy_latency_ns": 90}
    assert Waking.of_machine({"wakeups": known}) == Waking(10.0, 50.5, 90.0)
    assert Waking.of_machine({"wakeups": {"write_ns": 10}}) is None
    assert Waking.of_machine({}) is None
