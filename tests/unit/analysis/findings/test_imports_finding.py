"""imports: what main imported while no task ran, apart from what it computed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS
from tracer.analysis.findings import context_of, diagnose
from tracer.analysis.findings.alone import alone
from tracer.tables.tables import Tables


def imported(name: str, start: int, end: int | None, process: int = 0) -> dict[str, Any]:
    """Return the span of an import."""
    who = {"host": "desk", "process": process, "pid": MAIN_PID + process, "tid": MAIN_PID + process}
    return who | {"category": "import", "name": name, "start": start, "end": end}


def program(spans: list[dict[str, Any]], held: bool = True) -> Tables:
    """Return a program that holds a core for 600 ms, and then runs four tasks of 100 ms on two workers."""
    start = 600 * MS
    rows = [
        traces.task(n, 1 + n % 2, start + n // 2 * 110 * MS, start + n // 2 * 110 * MS + 100 * MS)
        for n in range(4)
    ]
    rows = [row | {"cpu_ns": 100 * MS, "runq_ns": 0} for row in rows]
    people = [traces.main_process(0, 1000 * MS)]
    people += [traces.child(w, 590 * MS, 598 * MS, 900 * MS) for w in (1, 2)]
    slices = [
        {
            "host": "desk",
            "core": 0,
            "process": 0,
            "pid": MAIN_PID,
            "tid": MAIN_PID,
            "start": 0,
            "end": 590 * MS,
        }
        | {"reason": "blocked"}
    ]
    source = "kernel" if held else "stamps"
    return traces.trace(rows, people, spans=spans, slices=slices if held else [], core_source=source)


def test_imports_are_no_computing() -> None:
    """500 ms of imports are `imports`, and not part of a serial section."""
    trace = program([imported("sklearn.svm", 10 * MS, 400 * MS), imported("numpy", 400 * MS, 510 * MS)])
    first = diagnose(trace)[0]
    assert first.code == "imports"
    assert first.seconds == pytest.approx(0.5)
    assert first.of_wall == pytest.approx(0.5)
    assert "sklearn 390 ms, numpy 110 ms" in first.what
    assert "before any task ran" in first.what
    assert "serial-section" not in {one.code for one in diagnose(trace)}


def test_without_imports_it_is_a_serial_section() -> None:
    """The same core time, computed."""
    assert diagnose(program([]))[0].code == "serial-section"


@pytest.mark.parametrize(
    "spans", [[imported("a", 0, 90 * MS)], [imported("a", 0, None)], [imported("a", 0, 500 * MS, 1)]]
)
def test_few_unknown_and_others_imports_are_none_of_main(spans: list[dict[str, Any]]) -> None:
    """Less than 100 ms, an end that is not known, and another process's imports make no finding."""
    assert "imports" not in {one.code for one in diagnose(program(spans))}


def test_imports_are_known_without_slices() -> None:
    """They are spans: no core needs to be known."""
    assert "imports" in {one.code for one in diagnose(program([imported("a", 0, 500 * MS)], held=False))}


def test_imports_while_tasks_run_cost_nothing() -> None:
    """What is imported beside running tasks is not counted."""
    context = context_of(program([imported("a", 590 * MS, 1000 * MS)]))
    assert alone(context).importing.length < 300 * MS


def test_a_program_without_tasks_has_imports_too() -> None:
    """One process beside main; where nothing parallel ran, nothing is said."""
    spans = [imported("sklearn", 0, 500 * MS)]
    child = traces.child(1, 900 * MS, 910 * MS, 950 * MS, "process")
    trace = traces.trace((), [traces.main_process(0, 1000 * MS), child], spans=spans)
    assert [one.code for one in diagnose(trace)] == ["imports"]
    assert diagnose(traces.trace((), [traces.main_process(0, 1000 * MS)], spans=spans)) == []


def test_imports_in_tasks_are_told_apart() -> None:
    """Each of two workers imports for 400 ms in its first task; few of them are none."""
    rows = [traces.task(n, 1 + n, 20 * MS, 520 * MS) for n in range(2)]
    people = [traces.main_process(0, 600 * MS), *(traces.child(w, 0, 10 * MS, 560 * MS) for w in (1, 2))]
    spans = [imported("numpy.linalg", 30 * MS, 430 * MS, process) for process in (1, 2)]
    first = next(one for one in diagnose(traces.trace(rows, people, spans=spans)) if one.code == "imports")
    assert first.seconds == pytest.approx(0.4)
    assert "numpy 400 ms" in first.what
    assert "before the pool is made" in first.advice
    few = [imported("numpy", 30 * MS, 60 * MS, process) for process in (1, 2)]
    assert "imports" not in {one.code for one in diagnose(traces.trace(rows, people, spans=few))}
