"""Several pools in a program: each judged for itself, one cause in pools of one kind said once."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MS, US, synthetic
from tracer.analysis.findings import diagnose
from tracer.analysis.findings.several_pools import contexts_of
from tracer.tables.tables import Tables


def pools(lengths: list[tuple[int, int]], kinds: list[str], apart: bool = True) -> Tables:
    """Return pools of two workers, one after another if `apart`; `lengths`: how many tasks, and how long."""
    rows: list[dict[str, Any]] = []
    end = 0
    people: list[dict[str, Any]] = []
    step, at = 40 * US, 5 * MS
    for number, ((count, run), kind) in enumerate(zip(lengths, kinds, strict=True), 1):
        first, ends = 2 * number - 1, [at, at]
        for task in range(count):
            start = ends[task % 2] + 6 * step
            row = traces.task(len(rows), first + task % 2, start, start + run, step)
            early = {
                "pickle_start": at + task * step,
                "pickle_end": at + task * step,
                "sent": at + task * step,
            }
            early = {name: min(value, row["pickle_start"]) for name, value in early.items()}
            rows.append(
                row | early | {"pool": number, "kind": kind, "submitted": at, "cpu_ns": run, "runq_ns": 0}
            )
            ends[task % 2] = start + run + 2 * step
        people += [traces.child(first + n, at - 2 * MS, at - MS, max(ends) + 5 * step) for n in range(2)]
        end = max(ends) + 20 * MS
        at = end if apart else at
    return traces.trace(rows, [traces.main_process(0, end), *people])


def test_each_pool_is_judged() -> None:
    """A pool with a straggler, and one without: the finding names its pool and what that holds of the run."""
    trace = pools([(40, 10 * MS), (3, 100 * MS)], ["Pool", "mpire"])
    assert [one.load.pool for one in contexts_of(trace) if one.load] == [1, 2]
    first = diagnose(trace)[0]
    assert first.code == "too-few-tasks"
    assert first.pool == "pool 2 (mpire, 2 workers)"
    assert "In pool 2 (mpire, 2 workers), which took 201 ms, " in first.what
    assert "(pool 2)" in first.title


def test_one_cause_in_pools_of_a_kind_is_said_once() -> None:
    """Tiny tasks in three pools: one finding with the sum of seconds, and a share of all their makespans."""
    trace = pools([(600, US), (590, US), (610, US)], ["Pool"] * 3)
    tiny = [one for one in diagnose(trace) if one.code == "tiny-tasks"]
    assert len(tiny) == 1
    assert tiny[0].pool == "pools 1, 2, 3"
    assert "The same in 3 pools (1, 2, 3)" in tiny[0].what
    assert 0 < tiny[0].share <= 1
    alone = diagnose(pools([(600, US)], ["Pool"]))[0]
    assert tiny[0].seconds == pytest.approx(3 * alone.seconds, rel=0.1)


def test_pools_at_the_same_time_are_waited_for_once() -> None:
    """Eight pools side by side, of the same tiny tasks: the seconds of one, and the share of one."""
    trace = pools([(600 + number, US) for number in range(8)], ["Pool"] * 8, apart=False)
    alone = diagnose(pools([(600, US)], ["Pool"]))[0]
    found = next(one for one in diagnose(trace) if one.code == "tiny-tasks")
    assert found.pool == "pools 1, 2, 3, …, 8"
    assert found.seconds == pytest.approx(alone.seconds, rel=0.15)
    assert found.share == pytest.approx(alone.share, rel=0.15)


def test_an_only_pool_is_not_named() -> None:
    """There is nothing to tell apart."""
    trace = pools([(3, 100 * MS)], ["Pool"])
    assert [one.pool for one in diagnose(trace)] == [""] * len(diagnose(trace))


def test_a_short_pool_is_left_out() -> None:
    """It holds less than a twentieth of the run."""
    assert len(contexts_of(pools([(100, 20 * MS), (2, MS)], ["Pool", "Pool"]))) == 1


def test_foreign_kinds_are_only_names() -> None:
    """A kind with markup or brackets in it is a text like any other."""
    found = diagnose(pools([(3, 100 * MS), (3, 100 * MS)], ["[red]<b>", "Pool"]))
    assert any("[red]<b>" in one.pool for one in found)


def test_a_long_run_has_the_finding_of_a_shorter_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model plays a prefix, and that is said."""
    whole = next(one for one in diagnose(synthetic(4000)) if one.code == "tiny-tasks")
    for name in ("tracer.analysis.model.prediction", "tracer.analysis.findings.worth"):
        monkeypatch.setattr(sys.modules[name], "PLAYED", 3000)
        monkeypatch.setattr(sys.modules[name], "PREFIX", 1500)
    part = next(one for one in diagnose(synthetic(4000)) if one.code == "tiny-tasks")
    assert part.share == pytest.approx(whole.share, abs=0.1)
    assert "the model played the first 1,500 of 4,000 tasks" in part.missing
