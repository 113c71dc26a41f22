"""What a trace keeps: each rule, broken by one value, is named in a saved trace and mended in journals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from tests.support.traces import MS, child, main_process, pool_trace, synthetic, task, trace, turns
from tracer.tables import contract, definitions
from tracer.tables.tables import Tables

SPAN = {"process": 1, "pid": 4001, "tid": 4001, "category": "user", "name": "load", "start": 5, "end": 9}
THREAD = {
    "process": 0,
    "pid": 4000,
    "tid": 4000,
    "name": "MainThread",
    "role": "main",
    "started": 0,
    "ended": 9,
}
ITEM = {"task": 1, "item": 0, "start": 2 * MS, "end": 3 * MS, "status": "ok"}
SLICES = [
    {"core": 0, "process": 1, "pid": 4001, "tid": 4001, "start": 1, "end": 5, "reason": "preempted"},
    {"core": 0, "process": 1, "pid": 4001, "tid": 4001, "start": 6, "end": 9, "reason": "blocked"},
]


def whole() -> Tables:
    """A trace with two rows in each table, that keeps every rule."""
    return trace(
        tasks=[task(1, 1, MS, 2 * MS), task(2, 1, 4 * MS, 5 * MS, cpu_ns=MS)],
        processes=[main_process(0, 9 * MS), child(1, 0, MS // 2, 8 * MS)],
        threads=[THREAD, THREAD | {"tid": 4002, "name": "mine", "role": "user"}],
        spans=[SPAN, SPAN | {"start": 10, "end": 11}],
        items=[ITEM, ITEM | {"item": 1}],
        slices=SLICES,
        core_source="kernel",
    )


def broken(table: str, column: str, value: Any, row: int = 1) -> Tables:
    """The whole trace with one value set."""
    before = whole()
    values = getattr(before, table)[column].tolist()
    values[row] = value
    dtype = next(each for each in definitions.TABLES if each.name == table).columns[column]
    frame = getattr(before, table).assign(**{column: pd.Series(values, dtype=dtype)})
    return replace(before, **{table: frame})


ROWS: list[tuple[str, str, Any]] = [
    ("tasks", "task", 1),
    ("tasks", "task", None),
    ("tasks", "task", -1),
    ("tasks", "pool", None),
    ("tasks", "kind", None),
    ("tasks", "status", "fine"),
    ("tasks", "process", 7),
    ("tasks", "worker_pid", None),
    ("tasks", "run_end", None),
    ("tasks", "run_start", 6 * MS),
    ("tasks", "run_start", MS + 5),  # within the other task of its thread
    ("tasks", "delivered", MS),
    ("tasks", "sent", 0),
    ("tasks", "lock_acquired", 9 * MS),
    ("tasks", "submitted", 1 << 60),
    ("processes", "process", 0),
    ("processes", "pid", -5),
    ("processes", "role", "king"),
    ("processes", "name", None),
    ("items", "task", 9),
    ("items", "item", 0),
    ("items", "end", 0),
    ("items", "status", "?"),
    ("slices", "core", 1 << 20),
    ("slices", "reason", "tired"),
    ("slices", "end", 5),
    ("slices", "start", 4),  # within the one before, on the same core
    ("slices", "tid", None),
    ("spans", "process", 9),
    ("spans", "end", 9),
    ("spans", "name", None),
    ("threads", "role", "boss"),
    ("threads", "process", 9),
]
CELLS: list[tuple[str, str, Any]] = [
    ("tasks", "items", 0),
    ("tasks", "core_end", -1),
    ("tasks", "args_bytes", -1),
    ("tasks", "cpu_ns", 3 * MS),
    ("tasks", "function", "f" * 100_000),
    ("processes", "exitcode", 1 << 40),
    ("processes", "target_start", 0),
    ("processes", "affinity", [0, 1 << 20]),
    ("threads", "ended", -1),
]


def test_what_is_whole_is_neither_refused_nor_changed() -> None:
    """Nor are traces of other kinds: a pool's, cores in turns, an empty program's."""
    for each in (whole(), pool_trace(), turns(3, 8, MS), trace(processes=[main_process()]), synthetic(1000)):
        assert contract.refusal(each) is None
        after, count = contract.mended(each)
        assert count == 0
        for table in definitions.TABLES:
            pd.testing.assert_frame_equal(getattr(after, table.name), getattr(each, table.name))


@pytest.mark.parametrize(("table", "column", "value"), ROWS + CELLS)
def test_a_wrong_value_is_named(table: str, column: str, value: Any) -> None:
    """A saved trace with it is refused, by table, and with the number of rows at fault."""
    breach = contract.refusal(broken(table, column, value))
    assert breach is not None
    assert breach.table == table
    assert breach.rows.sum() == 1
    assert breach.what


@pytest.mark.parametrize(("table", "column", "value"), ROWS)
def test_a_row_that_cannot_be_is_left_out(table: str, column: str, value: Any) -> None:
    """Of journals the rest remains, the loss is counted, and what remains keeps the contract."""
    before = broken(table, column, value)
    after, count = contract.mended(before)
    assert len(getattr(after, table)) == len(getattr(before, table)) - 1
    assert count >= 1  # what refers to the row goes with it
    assert contract.refusal(after) is None


@pytest.mark.parametrize(("table", "column", "value"), CELLS)
def test_a_value_that_cannot_be_is_missing(table: str, column: str, value: Any) -> None:
    """Where the row is worth something without it."""
    after, count = contract.mended(broken(table, column, value))
    assert count == 1
    assert len(getattr(after, table)) == 2
    assert not isinstance(getattr(after, table)[column].iloc[1], int | str | list)
    assert contract.refusal(after) is None


def test_a_trace_without_a_main_process_is_refused() -> None:
    """Nothing in it has a beginning; of journals, the reader names one."""
    without = replace(
        whole(), processes=whole().processes.assign(role=pd.Series(["worker"] * 2, dtype="string"))
    )
    breach = contract.refusal(without)
    assert breach is not None
    assert breach.what == "is nowhere main"


def test_samples_may_overlap() -> None:
    """Only the kernel's switches tell a core's slices apart."""
    overlapping = broken("slices", "start", 4)
    assert contract.refusal(replace(overlapping, meta=overlapping.meta | {"core_source": "sampled"})) is None
