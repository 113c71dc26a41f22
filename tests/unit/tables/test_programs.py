"""Programs that were started or became others, from records made by hand → processes; a stretch of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support import traces
from tests.support.journal_records import journals
from tracer.analysis.summary import summarize
from tracer.record import schema
from tracer.record.journal import Journal
from tracer.tables import processes
from tracer.tables.assemble import assemble
from tracer.tables.stretch import stretch
from tracer.tables.tables import Tables

ORIGIN = 1_000_000_000_000
META = {"origin_ns": ORIGIN, "command": "run x", "argv": [], "start_method": None}
MAIN: dict[str, Any] = {"process": "9-a", "pid": 9, "ppid": 1, "role": "main", "name": "MainProcess"}


def text(number: int, name: str) -> tuple[int, ...]:
    """A record that says what a number is the name of."""
    return schema.NAME, number, len(name), *memoryview(name.encode().ljust(40, b"\0")).cast("q").tolist()


def write(folder: Path, identity: dict[str, Any], *records: tuple[int, ...]) -> None:
    """Write a journal of a process."""
    journal = Journal(str(folder / f"{identity['process']}-0"), {"host": "h", **identity})
    for commit, *body in records:
        journal.append(commit, *body)


def child(birth: int, pid: int) -> list[tuple[int, ...]]:
    """What a parent records of a program with the name 1, whose start method is the name 2."""
    return [
        (schema.CHILD, birth, event, ORIGIN + at, value, 1, 2)
        for event, at, value in (
            (schema.START_CALLED, 10, 0),
            (schema.FORKED, 11, pid),
            (schema.REAPED, 90, 4),
        )
    ]


def rows(folder: Path) -> dict[int, dict[str, Any]]:
    """Return the processes by PID."""
    frame = assemble(folder, META).processes
    return {row["pid"]: {str(key): value for key, value in row.items()} for row in frame.to_dict("records")}


SUBPROCESS = {"role": schema.SUBPROCESS, "start_method": schema.SUBPROCESS}


def test_a_program_of_any_kind_is_a_process(tmp_path: Path) -> None:
    """One that did not join has its name, its life and its exit code from its parent, and is no loss."""
    write(tmp_path, MAIN, text(1, "ls"), text(2, "subprocess"), *child(1, 20))
    found = rows(tmp_path)[20]
    assert (found["role"], found["name"], found["exitcode"], found["ppid"]) == ("subprocess", "ls", 4, 9)
    assert (found["start_called"], found["forked"], found["exited"]) == (10, 11, 90)
    assert "journals" not in assemble(tmp_path, META).meta["losses"]


def test_a_python_below_a_shell_is_not_the_shell(tmp_path: Path) -> None:
    """The two that joined with one birth: the program itself, and one that it has started."""
    write(tmp_path, MAIN, text(1, "sh"), text(2, "subprocess"), *child(1, 20))
    for pid, name in ((20, "a.py"), (21, "b.py")):
        identity = {
            "process": f"{pid}-b",
            "pid": pid,
            "ppid": 9,
            "name": name,
            **SUBPROCESS,
            "birth": ["9-a", 1],
        }
        write(tmp_path, identity, (schema.STAGE, schema.STARTED, ORIGIN + 30))
    found = rows(tmp_path)
    assert sorted(found) == [9, 20, 21]
    assert (found[20]["name"], found[20]["exitcode"], found[20]["start_called"]) == ("a.py", 4, 10)
    assert (found[21]["name"], found[21]["started"]) == ("b.py", 30)
    assert pd.isna(found[21]["exitcode"])
    assert pd.isna(found[21]["start_called"])


@pytest.mark.parametrize(
    ("became", "role", "name"),
    [((1,), "subprocess", "ls"), ((1, 0), "process", "fork-1"), ((1, 0, 1), "subprocess", "ls")],
)
def test_a_fork_that_becomes_a_program_is_that(
    tmp_path: Path, became: tuple[int, ...], role: str, name: str
) -> None:
    """Not where there was no such program: the last word counts."""
    write(tmp_path, MAIN)
    identity = {"process": "20-b", "pid": 20, "ppid": 9, "role": "process", "name": "fork-1"}
    stages = [(schema.STAGE, schema.BECOMES, ORIGIN + 5, number) for number in became]
    write(tmp_path, {**identity, "start_method": "fork"}, text(1, "ls"), *stages)
    found = rows(tmp_path)[20]
    assert (found["role"], found["name"]) == (role, name)


def test_a_forked_child_s_end_is_that_of_the_last_with_its_pid(tmp_path: Path) -> None:
    """Two had the PID 20 one after the other; one of another parent has it too, in a namespace of its own."""
    forked = [(f"20-{n}", ppid, started) for n, (ppid, started) in enumerate([(9, 10), (9, 30), (5, 20)])]
    for process, ppid, started in forked:
        write(tmp_path, {"process": process, "pid": 20, "ppid": ppid, "role": "process", "name": process},
              (schema.STAGE, schema.STARTED, ORIGIN + started))  # fmt: skip
    reaped = [
        (schema.CHILD, schema.BY_PID + 20, schema.REAPED, ORIGIN + at, code)
        for at, code in ((25, 1), (50, 2))
    ]
    write(tmp_path, MAIN, *reaped)
    found = assemble(tmp_path, META).processes.set_index("name")
    assert found["exitcode"].astype(object).where(found["exitcode"].notna(), None).to_dict() == {
        "MainProcess": None,
        "20-0": 1,
        "20-1": 2,
        "20-2": None,
    }


def test_the_ends_of_many_forked_children_are_found() -> None:
    """6,000 children, each by its PID."""
    count = 6_000
    ends: list[tuple[int, ...]]
    ends = [(schema.CHILD, schema.BY_PID + 101 + n, schema.REAPED, n + 5, n) for n in range(count)]
    made = journals(ends, *[[]] * count)
    made.identities[0]["role"] = "main"
    for place, identity in enumerate(made.identities[1:]):
        identity |= {"role": "process", "ppid": 100, "started": place + 1}
    found, _ = processes.rows(made, [], {})
    assert [one["exitcode"] for one in found[1:]] == list(range(count))


def test_a_stretch_has_what_overlaps_it() -> None:
    """Slices are cut; tasks, spans and processes are whole; main is there even where it did nothing."""
    processes = pd.DataFrame(
        {
            "process": [0, 1, 2],
            "role": ["main", "worker", "worker"],
            "start_called": [None, 10, 60],
            "forked": [None, 11, 61],
            "started": [0, 12, 62],
            "exited": [100, 40, 90],
        }
    )
    times = {"submitted": [5, 20, 70], "run_start": [15, 25, 75], "run_end": [18, 30, 80]}
    tasks = pd.DataFrame({"task": [0, 1, 2], "process": [1, 1, 2], **times, "delivered": [19, 31, 81]})
    slices = pd.DataFrame({"process": [1, 1, 2], "start": [12, 22, 62], "end": [21, 40, 90]})
    spans = pd.DataFrame({"process": [1, 0], "start": [1, 50], "end": [19, 60]})
    threads = pd.DataFrame({"process": [0, 2], "started": [0, 62], "ended": [None, None]})
    items = pd.DataFrame({"task": [1, 2], "item": [0, 0]})
    whole = Tables(tasks, processes, items, slices, spans, threads, {"losses": {}})
    part = stretch(whole, 20, 55)
    assert part.tasks["task"].tolist() == [1]
    assert part.items["task"].tolist() == [1]
    assert part.slices[["start", "end"]].to_numpy().tolist() == [[20, 21], [22, 40]]
    assert part.spans["start"].tolist() == [50]
    assert part.processes["process"].tolist() == [0, 1]
    assert part.processes[["started", "exited"]].to_numpy().tolist() == [[20, 55], [12, 40]]
    assert part.threads["process"].tolist() == [0]
    assert len(whole.slices) == 3


@pytest.mark.parametrize(
    ("lived", "seen"),
    [((0, None), (20, 55)), ((30, 50), (30, 50)), ((0, 10), (0, 10)), ((None, None), (None, 55))],
    ids=["still at it", "within", "before", "not known"],
)
def test_a_stretch_is_as_long_as_it_is(
    lived: tuple[int | None, int | None], seen: tuple[int | None, int | None]
) -> None:
    """How long a run took is main's life, and of a view of it that is the stretch, if main lived longer."""
    main = traces.main_process(*lived)
    children = [traces.child(1, 0, 10, 100), traces.child(2, 0, 10, 15)]
    part = stretch(traces.trace([], [main, *children]), 20, 55)
    began, ended = part.processes["started"].astype(object), part.processes["exited"].astype(object)
    assert [None if pd.isna(one) else one for one in (began[0], ended[0])] == list(seen)
    assert part.processes["exited"].iloc[1:].tolist() == [100]
    if None not in seen and seen != lived:
        assert summarize(part).wall_ns == 35
