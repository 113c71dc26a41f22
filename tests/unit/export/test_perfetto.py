"""Perfetto's file, read back by the bindings, on traces with answers worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

pytest.importorskip("perfetto", reason="needs perfetto")

from tests.support.perfetto_files import Slice, read
from tests.support.traces import MAIN_PID, child, hidden_threads, main_process, pool_trace, task, trace
from tracer.export import track_events, tracks

WORKER = f"{MAIN_PID + 1}/{MAIN_PID + 1} MainThread"
MAIN = f"{MAIN_PID}/{MAIN_PID} MainThread"
HANDLERS = hidden_threads(0, 90_000)
SENDER, RECEIVER = (
    f"{MAIN_PID}/{row['tid']} {row['name']}" for row in HANDLERS if row["role"] != "worker_handler"
)


NEVER: dict[str, Any] = dict.fromkeys(
    ("run_end", "result_pickled", "result_sent", "result_received", "result_unpickled", "delivered")
)
"""What never happened to a task whose run did not end."""


def one_task(**changes: Any) -> list[Slice]:
    """The slices of a worker with one task, which runs from 20 to 30 µs; other steps take 1 µs each."""
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    return read(trace([task(7, 1, 20_000, 30_000, **changes)], people, HANDLERS)).slices


def of(slices: list[Slice], track: str) -> list[tuple[int, str, int, int | None]]:
    """Depth, name, start and end on a track."""
    return [(each.depth, each.name, each.start, each.end) for each in slices if each.track == track]


def test_a_task_lies_on_its_worker_with_its_phases_within() -> None:
    """It begins when the worker has the lock and bytes are written, and ends when the result is written."""
    assert of(one_task(), WORKER) == [
        (0, "call", 1_000, 2_000),
        (0, "process", 2_000, 8_000),
        (0, "set-up", 8_000, 11_000),
        (0, "wait", 15_000, 17_000),
        (0, "square", 17_000, 32_000),
        (1, "pipe", 17_000, 19_000),
        (1, "unpickle", 19_000, 20_000),
        (1, "run", 20_000, 30_000),
        (1, "pickle", 30_000, 31_000),
        (1, "pipe", 31_000, 32_000),
    ]


def test_hidden_threads_have_what_they_do_for_it() -> None:
    """The task handler pickles and writes; the result handler unpickles and delivers."""
    slices = one_task()
    assert of(slices, SENDER) == [(0, "pickle", 16_000, 17_000), (0, "pipe", 17_000, 18_000)]
    assert of(slices, RECEIVER) == [(0, "unpickle", 32_000, 33_000), (0, "deliver", 33_000, 34_000)]


def test_its_flow_goes_from_the_call_over_the_run_to_the_delivery() -> None:
    """Once through each station, so that it does not fork; another task has another flow."""
    rows = [task(7, 1, 20_000, 30_000), task(8, 1, 50_000, 60_000)]
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    ways: dict[int, list[str]] = {}
    for each in sorted(read(trace(rows, people, HANDLERS)).slices, key=lambda each: each.start):
        for flow in each.flows:
            ways.setdefault(flow, []).append(each.name)
    assert list(ways.values()) == [["submitted", "pickle", "square", "deliver"]] * 2
    assert max(ways) < 1 << 63


def test_a_call_that_hands_over_many_tasks_is_one_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many instants would lie upon one another; flows of some begin there, of the others in the sender."""
    monkeypatch.setattr(track_events, "MOST_FLOWS", 2)
    rows = [task(n, 1, 20_000 * n, 20_000 * n + 9_000, submitted=15_000) for n in (1, 2, 3)]
    rows.append(task(4, 1, 80_000, 81_000))
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    slices = read(trace(rows, people, HANDLERS)).slices
    calls = [each for each in slices if each.name == "submitted"]
    assert [(each.start, each.facts, len(each.flows)) for each in calls] == [
        (15_000, {"tasks": 3, "first task": 1}, 2),
        (75_000, {"task": 4}, 1),
    ]
    (third,) = [each for each in slices if each.facts.get("task") == 3 and "status" in each.facts]
    way = [each.name for each in slices if set(each.flows) == set(third.flows)]
    assert sorted(way) == ["deliver", "pickle", "square"]


def test_all_that_is_known_of_a_task_is_on_it() -> None:
    """What is not known is left out, and so is what no task has."""
    (found,) = [
        each
        for each in one_task(cpu_ns=9_000, runq_ns=500, error=None)
        if each.category == "task" and each.facts.get("status")
    ]
    assert found.facts == {
        "task": 7,
        "pool": 0,
        "items": 1,
        "args_bytes": 60,
        "result_bytes": 20,
        "core_start": 0,
        "core_end": 0,
        "cpu_ns": 9_000,
        "runq_ns": 500,
        "function": "scenarios.pool4.square",
        "status": "ok",
    }


def test_tasks_of_which_different_things_are_known_stand_beside_each_other() -> None:
    """Each with its own."""
    rows = [
        task(1, 1, 20_000, 30_000, label="square(2)", cpu_ns=5),
        task(2, 1, 40_000, 50_000, status="error", error="ValueError", core_end=None),
    ]
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    first, second = [each for each in read(trace(rows, people)).slices if "status" in each.facts]
    assert (first.name, first.facts["label"], first.facts["cpu_ns"]) == ("square(2)", "square(2)", 5)
    assert "error" not in first.facts
    assert (second.name, second.facts["error"]) == ("square", "ValueError")
    assert not {"label", "cpu_ns", "core_end"} & set(second.facts)


def test_a_chunk_says_how_many_items_it_has() -> None:
    """As elsewhere."""
    assert "25 × square" in [each.name for each in one_task(items=25)]


@pytest.mark.parametrize(
    ("exited", "ends"), [(None, (None, None)), (60_000, (60_000, 60_000))], ids=["open", "with its worker"]
)
def test_a_task_that_was_not_seen_to_end_is_open(exited: int | None, ends: tuple[int | None, ...]) -> None:
    """Unless its worker's end is known."""
    row = task(7, 1, 20_000, 30_000, status="unfinished", **NEVER)
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000, exited=exited)]
    found = {each.name: each.end for each in read(trace([row], people)).slices if each.start >= 17_000}
    assert (found["square"], found["run, not seen to end"]) == ends


def test_a_lost_task_ends_with_its_worker() -> None:
    """And is called what it is in figures."""
    row = task(7, 1, 20_000, 30_000, status="lost", **NEVER)
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 40_000, exitcode=-9)]
    found = of(read(trace([row], people)).slices, WORKER)
    assert found[-1] == (1, "lost with its worker", 20_000, 40_000)
    assert found[-4] == (0, "square", 17_000, 40_000)


def span(name: str, start: int, end: int | None, process: int = 1, **changes: Any) -> dict[str, Any]:
    """A span of the program's own."""
    pid = MAIN_PID + process
    row = {"host": "desk", "process": process, "pid": pid, "tid": pid, "category": "user", "name": name}
    return row | {"start": start, "end": end} | changes


def test_spans_nest_and_those_that_overlap_have_a_track_of_their_own() -> None:
    """A span across the end of a task would end the task in a viewer that keeps a stack."""
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    spans = [
        span("inside", 22_000, 26_000, data=json.dumps({"n": 3})),
        span("around", 14_000, 40_000),
        span("across", 25_000, 35_000),
        span("never ended", 41_000, None),
        span("Lock", 23_000, 24_000, category="lock"),
    ]
    found = read(trace([task(7, 1, 20_000, 30_000)], people, spans=spans))
    own = {name: depth for depth, name, _, _ in found.of(WORKER)}
    assert (own["around"], own["square"], own["run"], own["inside"], own["lock Lock"]) == (0, 1, 2, 3, 4)
    assert found.of("MainThread, at the same time") == [(0, "across", 25_000, 35_000)]
    ends = {each.name: each for each in found.slices}
    assert ends["never ended"].end is None
    assert ends["inside"].facts == {"data": '{"n": 3}'}
    assert (ends["inside"].category, ends["lock Lock"].category) == ("user", "lock")


def test_tasks_that_overlap_on_a_thread_take_their_phases_along() -> None:
    """To the track beside."""
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    rows = [task(1, 1, 20_000, 30_000), task(2, 1, 26_000, 36_000, wait_start=None)]
    found = read(trace(rows, people))
    assert [name for depth, name, _, _ in found.of(WORKER) if depth == 1].count("run") == 1
    beside = found.of("MainThread, at the same time")
    assert [name for _, name, _, _ in beside] == ["square", "pipe", "unpickle", "run", "pickle", "pipe"]


def test_threads_of_a_pool_have_tracks_of_their_own_and_deliver_by_an_instant() -> None:
    """They pickle nothing."""
    missing = ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled")
    changes: dict[str, Any] = dict.fromkeys((*missing, "args_bytes", "result_bytes"))
    row = task(7, 0, 20_000, 30_000, **changes, kind="ThreadPool", worker_pid=MAIN_PID, worker_tid=4200)
    worker = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": 4200, "name": "T", "role": "worker"}
    found = read(trace([row], [main_process(0, 100_000)], [worker | {"started": 10_000, "ended": 50_000}]))
    assert found.of(f"{MAIN_PID}/4200 T") == [
        (0, "wait", 15_000, 16_000),
        (0, "square", 16_000, 30_000),
        (1, "run", 20_000, 30_000),
    ]
    assert found.of("tasks: delivered") == [(0, "delivered", 34_000, 34_000)]


def test_counters_step_with_the_tasks() -> None:
    """Queued from the call to the receipt; bytes from the end of pickling to the receipt."""
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    found = read(trace([task(7, 1, 20_000, 30_000)], people)).counters
    assert found == {
        "tasks running": [(20_000, 1), (30_000, 0)],
        "tasks queued": [(15_000, 1), (19_000, 0)],
        "bytes in flight": [(17_000, 60), (19_000, 0), (31_000, 20), (32_000, 0)],
    }


def test_processes_and_threads_have_their_names_and_parents() -> None:
    """Those without any slice too."""
    found = read(pool_trace(workers=2, tasks=2))
    assert found.processes == {
        MAIN_PID: ("MainProcess", 1),
        MAIN_PID + 1: ("ForkPoolWorker-1", MAIN_PID),
        MAIN_PID + 2: ("ForkPoolWorker-2", MAIN_PID),
    }


def test_a_pid_that_comes_round_again_is_another_process() -> None:
    """Its tasks are its own."""
    people = [
        main_process(0, 100_000),
        child(1, 1_000, 11_000, 40_000),
        child(2, 41_000, 45_000, 90_000, pid=MAIN_PID + 1),
    ]
    rows = [
        task(1, 1, 20_000, 30_000),
        task(2, 2, 60_000, 70_000, worker_pid=MAIN_PID + 1, worker_tid=MAIN_PID + 1),
    ]
    found = read(trace(rows, people))
    again = 1 << 22
    assert found.processes[again][0] == "ForkPoolWorker-2"
    assert [name for _, name, _, _ in found.of(WORKER)].count("square") == 1
    assert [name for _, name, _, _ in found.of(f"{again}/{again} MainThread")].count("square") == 1


def test_names_are_data() -> None:
    """Whatever they hold, they come back as they were."""
    names = ["<script>", "a\nb", "\N{SNOWMAN}", "%s {x} $(y)", "", "x" * 5000]
    people = [main_process(0, 1_000_000, name="=1+1"), child(1, 1_000, 11_000, 900_000)]
    rows = [
        task(number, 1, 20_000 + 50_000 * number, 30_000 + 50_000 * number, label=name)
        for number, name in enumerate(names)
    ]
    found = read(trace(rows, people))
    assert [each.facts["label"] for each in found.slices if "status" in each.facts] == names
    assert found.processes[MAIN_PID][0] == "=1+1"


def test_the_sequence_says_that_its_names_are_given_once() -> None:
    """Without its flags a reader would drop all that goes by a name's number."""
    packets = [packet for packet in read(pool_trace()).packets if packet.HasField("track_event")]
    assert packets[0].sequence_flags == 1
    assert {packet.sequence_flags for packet in packets[1:]} == {2}
    assert {packet.trusted_packet_sequence_id for packet in packets} == {1}


def test_times_before_the_trace_began_move_all_of_them() -> None:
    """A time of Perfetto's is not negative."""
    people = [main_process(-5_000, 100_000), child(1, 1_000, 11_000, 90_000)]
    found = read(trace([task(7, 1, 20_000, 30_000)], people))
    assert (1, "run", 25_000, 35_000) in found.of(WORKER)


def test_a_trace_of_nothing_is_a_file_that_says_so() -> None:
    """It has the run, and no slice."""
    found = read(trace())
    assert [each.name for each in found.slices] == ["the run"]
    lost = read(trace(losses={"records": 3}, command="run \udcff.py")).slices[0].facts
    assert lost["lost: records"] == 3
    assert lost["command"] == "run \\udcff.py"


def test_a_long_track_in_parts_is_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are cut where nothing goes on."""
    whole = read(pool_trace(workers=2, tasks=40))
    monkeypatch.setattr(tracks, "_PART", 4)
    parts = read(pool_trace(workers=2, tasks=40))
    assert len(whole.tracks) == len(parts.tracks)
    for track in set(whole.tracks.values()):
        assert whole.of(track) == parts.of(track)
    assert np.count_nonzero([each.category == "task" for each in whole.slices]) == 40
