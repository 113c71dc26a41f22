"""What a report's timeline holds, bar by bar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.support.traces import MS, US, child, main_process, task, trace
from tests.unit.report.test_packing import unpacked
from tracer.report import timeline as module
from tracer.report.packing import Packer
from tracer.report.timeline import timeline
from tracer.tables.tables import Tables


def made(of: Tables) -> tuple[dict[str, Any], str]:
    """Return a trace's timeline, and its columns."""
    packer = Packer()
    return timeline(of, packer), packer.blob()


def bars(shown: dict[str, Any], blob: str, layer: str = "base") -> list[tuple[str, str, int, int, int]]:
    """Return (lane, kind, start, end, row) of each bar, in units from the picture's beginning."""
    packed = shown["layers"][layer]
    kind, gap, length, row = (unpacked(blob, packed[name]) for name in ("kind", "gap", "length", "row"))
    found, at = [], 0
    for lane, count in enumerate(packed["counts"]):
        before = 0
        for i in range(at, at + count):
            start = before + gap[i]
            before = start + length[i]
            found.append(
                (shown["lanes"][lane]["name"], shown["kinds"][kind[i]]["name"], start, before, row[i])
            )
        at += count
    return found


def two_workers(**changes: Any) -> Tables:
    """Two workers, three tasks, the third one of the first worker raises."""
    return trace(
        [
            task(1, 1, 10 * MS, 20 * MS, step=100 * US),
            task(2, 2, 11 * MS, 31 * MS, step=100 * US),
            task(3, 1, 21 * MS, 25 * MS, step=100 * US, status="error", error="ValueError", label="f(3)"),
        ],
        [main_process(0, 40 * MS), child(1, 0, 5 * MS, 39 * MS), child(2, MS, 6 * MS, 39 * MS)],
        **changes,
    )


def test_bars_are_those_of_the_figures() -> None:
    """Lane by lane in time, to the nanosecond, each phase with the row of its task."""
    shown, blob = made(two_workers())
    origin = shown["start_ns"]
    assert shown["unit_ns"] == 1
    found = [
        (lane, kind, start + origin, end + origin, row)
        for lane, kind, start, end, row in bars(shown, blob)
        if lane == "ForkPoolWorker-1"
    ]
    runs = [one for one in found if one[1] in ("run", "error")]
    assert [(kind, round(start), round(end), row) for _, kind, start, end, row in runs] == [
        ("run", 10 * MS, 20 * MS, 1),
        ("error", 21 * MS, 25 * MS, 3),
    ]
    assert found == sorted(found, key=lambda one: one[2])
    assert {kind for _, kind, *_ in found} >= {"call", "interpreter", "prepare", "wait", "pipe", "unpickle"}
    assert [row for _, kind, _, _, row in found if kind == "unpickle"] == [1, 3]


def test_tasks_have_what_bars_do_not_tell() -> None:
    """Texts by number, numbers one too high (0: missing), instants in units."""
    shown, blob = made(two_workers())
    tasks = shown["tasks"]

    def texts(name: str) -> list[str | None]:
        codes = unpacked(blob, tasks[name]["code"])
        return [tasks[name]["texts"][code - 1] if code else None for code in codes]

    assert tasks["count"] == 3
    assert texts("status") == ["ok", "ok", "error"]
    assert texts("error") == [None, None, "ValueError"]
    assert texts("label") == [None, None, "f(3)"]
    assert unpacked(blob, tasks["number"]) == [1, 2, 3]
    assert unpacked(blob, tasks["args_bytes"]) == [61, 61, 61]
    assert unpacked(blob, tasks["cpu_ns"]) == [0, 0, 0]
    submitted = [value - 1 + shown["start_ns"] for value in unpacked(blob, tasks["submitted"])]
    assert np.allclose(submitted, [10 * MS - 500 * US, 11 * MS - 500 * US, 21 * MS - 500 * US], atol=1)


def test_what_was_not_recorded_is_missing() -> None:
    """A lost task has no end that was seen, and was not delivered."""
    lost = task(1, 1, 10 * MS, 20 * MS, status="lost") | {"run_end": None, "delivered": None}
    shown, blob = made(trace([lost], [main_process(0, 40 * MS), child(1, 0, 5 * MS, 15 * MS, exitcode=-9)]))
    assert unpacked(blob, shown["tasks"]["delivered"]) == [0]
    (died,) = shown["deaths"]
    assert died[1] == pytest.approx(15 * MS - shown["start_ns"], abs=1)
    assert [kind for _, kind, *_ in bars(shown, blob) if kind == "lost"] == ["lost"]


def test_a_long_run_has_longer_units() -> None:
    """Times of many tasks, or of many hours, are kept less finely; what the unit is, is said."""
    hours = 5 * 3600 * 1000 * MS
    shown, blob = made(
        trace([task(1, 1, 10 * MS, hours)], [main_process(0, hours), child(1, 0, MS, hours + MS)])
    )
    assert shown["unit_ns"] > 1
    assert shown["length"] <= module.MOST_UNITS
    (run,) = [one for one in bars(shown, blob) if one[1] == "run"]
    assert run[2] * shown["unit_ns"] + shown["start_ns"] == pytest.approx(10 * MS, abs=shown["unit_ns"])


def test_too_many_bars_are_merged_and_keep_their_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short ones become one of each kind in each cell; long ones stay; what was merged is said."""
    monkeypatch.setattr(module, "MOST_BARS", 400)
    short = [task(i, 1, i * MS, i * MS + 300 * US, step=10 * US) for i in range(1, 300)]
    long = task(300, 2, 10 * MS, 290 * MS, step=10 * US)
    of = trace(
        [*short, long],
        [main_process(0, 310 * MS), child(1, 0, MS // 2, 305 * MS), child(2, 0, MS // 2, 305 * MS)],
    )
    shown, blob = made(of)
    found = bars(shown, blob)
    assert len(found) < 1000 < 6 * len(short)
    merged = [one for one in found if one[1] == "merged run"]
    total = sum(end - start for _, _, start, end, _ in merged) * shown["unit_ns"]
    assert total == pytest.approx(299 * 300 * US, rel=0.01)
    assert [one[4] for one in found if one[1] == "run"] == [300]
    assert shown["merged_ns"] > 300 * US
    assert {kind["name"]: kind.get("merged", False) for kind in shown["kinds"]}["merged run"]


def test_cores_and_other_programs() -> None:
    """Who held each core, by kind; another program by its name."""
    slices = [
        {"host": "desk", "core": 0, "process": 1, "pid": 4001, "tid": 4001, "start": 10 * MS, "end": 15 * MS}
    ]
    others = [
        {"host": "desk", "core": 0, "pid": 9, "name": "make</script>", "start": 15 * MS, "end": 18 * MS}
    ]
    shown, blob = made(
        trace(
            [task(1, 1, 10 * MS, 20 * MS)],
            [main_process(0, 40 * MS), child(1, 0, 5 * MS, 39 * MS)],
            slices=[one | {"reason": "preempted"} for one in slices],
            others=others,
            core_source="kernel",
        )
    )
    layer = shown["cores"]["layer"]
    kinds = [shown["kinds"][code]["label"] for code in unpacked(blob, layer["kind"])]
    assert kinds == ["worker 1", "another program: make</script>"]
    assert unpacked(blob, layer["length"]) == [5 * MS, 3 * MS]


@pytest.mark.parametrize("of", [trace(), trace([], [main_process()])], ids=["empty", "main"])
def test_a_trace_of_nothing_has_a_timeline(of: Tables) -> None:
    """Without a task, without a process."""
    shown, blob = made(of)
    assert shown["tasks"]["count"] == 0
    assert bars(shown, blob) == []
