"""Who had the cores that threads were without, worked out on paper."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.traces import MAIN_PID, MS, US, child, main_process, trace
from tracer.analysis.cores.shortage import Shortage, others_share, shortage
from tracer.analysis.cores.takers import takers
from tracer.tables import definitions
from tracer.tables.tables import Tables


def held(process: int, core: int, start: int, end: int, reason: str = "preempted") -> dict[str, object]:
    """Return a slice of a process's first thread."""
    pid = MAIN_PID + process
    row = {"host": "desk", "core": core, "process": process, "pid": pid, "tid": pid}
    return row | {"start": start, "end": end, "reason": reason}


def made(*slices: dict[str, object], cores: tuple[int, ...] = (0, 1), **changes: Any) -> Tables:
    """Return a trace of main and three children that held these cores, from 0 to 100."""
    people = [main_process(0, 100), *(child(n, 0, 0, 100, role="process") for n in (1, 2, 3))]
    return trace(
        [],
        people,
        slices=slices,
        **dict[str, Any]({"core_source": "kernel", "affinity": list(cores)} | changes),
    )


def known(tables: Tables) -> Shortage:
    """Return the shortage of a trace in which it is known."""
    found = shortage(tables)
    assert found is not None
    return found


def blame(tables: Tables, process: int, start: float, end: float) -> float:
    """Return what others had of a wait of one process."""
    found = known(tables).due_to_others(np.array([process]), np.array([start]), np.array([end]))
    return float(found[0])


def test_siblings_on_every_core_had_it() -> None:
    """Three threads on two cores, both held throughout: nobody else is to blame."""
    tables = made(
        held(1, 0, 0, 100, "exited"), held(2, 1, 0, 50), held(3, 1, 50, 100, "exited"), held(2, 0, 100, 101)
    )
    assert blame(tables, 2, 50, 100) == 0
    assert others_share(tables) == pytest.approx(0.0, abs=0.01)


def test_a_core_that_no_sibling_held_was_others() -> None:
    """One thread, preempted from 20 to 60, two cores, and its sibling on one: others had the second."""
    tables = made(held(1, 0, 0, 100, "exited"), held(2, 1, 0, 20), held(2, 1, 60, 100, "exited"))
    assert blame(tables, 2, 20, 60) == 40
    assert others_share(tables) == pytest.approx(40 / 200)


def test_the_blame_is_shared_where_the_program_wants_more_than_there_is() -> None:
    """Three wait for the one core that another program has: without it one of them would run."""
    tables = made(
        *(held(n, 0, 10 * n, 10 * n + 10) for n in (0, 1, 2)),
        *(held(n, 0, 60 + 10 * n, 70 + 10 * n, "exited") for n in (0, 1, 2)),
        cores=(0,),
    )
    assert blame(tables, 1, 30, 60) == pytest.approx(10)
    assert blame(tables, 1, 20, 30) == 0


def test_a_bound_process_waits_for_its_own_cores() -> None:
    """Process 2 may use core 1 alone, on which its sibling runs: that core 0 is free is no help."""
    tables = made(held(3, 1, 20, 60, "exited"), held(2, 1, 0, 20), held(2, 1, 60, 100, "exited"))
    bound = tables.processes.copy()
    bound["affinity"] = pd.Series([None, None, [1], [1]], dtype=object)
    assert blame(dataclasses.replace(tables, processes=bound), 2, 20, 60) == 0
    assert blame(tables, 2, 20, 60) == 40


def test_a_thread_that_never_came_back_waited_until_its_exit() -> None:
    """Preempted at 20 and killed at 30: ten of wait, not eighty."""
    tables = made(held(1, 0, 0, 100, "exited"), held(2, 1, 0, 20))
    ended = tables.processes.copy()
    ended.loc[2, "exited"] = 30
    assert known(dataclasses.replace(tables, processes=ended)).taken_ns((0, 100)) == 10


def test_how_long_the_program_stood_still() -> None:
    """Of two cores that it wanted it had one for 40: it got on at half its rate, 20 were lost."""
    tables = made(held(1, 0, 0, 100, "exited"), held(2, 1, 0, 20), held(2, 1, 60, 100, "exited"))
    assert known(tables).stood_still_ns(np.array([1, 2]), (0, 100)) == pytest.approx(20)
    assert known(tables).stood_still_ns(np.array([9]), (0, 100)) == 0


@pytest.mark.parametrize("source", ["sampled", "stamps"])
def test_nothing_is_known_without_every_switch(source: str) -> None:
    """Samples and stamps do not tell who had a core, nor does a trace that may use no known core."""
    assert shortage(made(held(1, 0, 0, 20), core_source=source)) is None
    assert shortage(made(held(1, 0, 0, 20), affinity=[], cpu_count=0)) is None
    assert shortage(Tables()) is None
    assert others_share(Tables()) is None


def test_waits_are_cut_where_it_changes_who_had_the_core() -> None:
    """A sibling has the only core from 20 to 35 ms, others until 60; what is not known counts as siblings'.

    That a core is nobody's for a microsecond, while it changes hands, is no other program.
    """
    first = [held(1, 0, 0, 20 * MS), held(2, 0, 20 * MS + US, 35 * MS, "blocked")]
    tables = made(*first, held(1, 0, 60 * MS, 100 * MS, "exited"), cores=(0,))
    row, start, end, others = known(tables).parted(
        np.array([1, 9]), np.array([20.0 * MS, 1.0]), np.array([60.0 * MS, 2.0])
    )
    found = sorted(zip(row.tolist(), start.tolist(), end.tolist(), others.tolist(), strict=True))
    assert found == [(0, 20 * MS, 35 * MS, False), (0, 35 * MS, 60 * MS, True), (1, 1, 2, False)]


def other(name: str, pid: int, core: int, start: int, end: int) -> dict[str, object]:
    """Return a slice of another program."""
    return {"host": "desk", "core": core, "pid": pid, "name": name, "start": start, "end": end}


def test_those_who_took_a_core_are_named() -> None:
    """What each had while a thread waited, together what was taken; what nobody wanted counts for nobody."""
    second = held(2, 1, 0, 20), held(2, 1, 60, 100, "exited")
    tables = made(held(1, 0, 0, 100, "exited"), *second)
    rows = (
        other("cc", 70, 1, 20, 30),
        other("cc", 71, 1, 30, 50),
        other("sh", 72, 1, 50, 60),
        other("sh", 72, 0, 200, 300),
    )
    tables = dataclasses.replace(tables, others=definitions.OTHERS.from_rows(rows))
    found = takers(tables, (0.0, 100.0))
    assert [(one.name, one.pids, one.taken_ns) for one in found] == [
        ("cc", (70, 71), 30.0),
        ("sh", (72,), 10.0),
    ]
    assert [one.who for one in found] == ["cc (2 processes)", "sh (PID 72)"]
    assert sum(one.taken_ns for one in found) == known(tables).taken_ns((0.0, 100.0))
    assert takers(tables, (30.0, 40.0))[0].taken_ns == 10.0


def test_a_core_is_others_only_while_they_had_it() -> None:
    """A thread that waits beside an idle core waits for no other program, where all are seen."""
    second = held(2, 1, 0, 20), held(2, 1, 60, 100, "exited")
    tables = made(held(1, 0, 0, 100, "exited"), *second)
    assert blame(tables, 2, 20, 60) == 40
    seen = dataclasses.replace(tables, others=definitions.OTHERS.from_rows([other("cc", 70, 1, 25, 45)]))
    assert blame(seen, 2, 20, 60) == 20
    assert takers(tables, (0.0, 100.0)) == []
