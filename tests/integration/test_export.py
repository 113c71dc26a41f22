"""Recorded runs in Perfetto's own trace processor: what SQL says is what the tables say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.integration.conftest import Both
from tests.support import trace_processor
from tests.support.programs import Ended
from tracer import run_folder
from tracer.cli.main import main
from tracer.tables.tables import Tables

pytestmark = pytest.mark.skipif(bool(trace_processor.lacks()), reason=f"lacks {trace_processor.lacks()}")

CASES = [
    ("pools", "fork"),
    ("executors", "spawn"),
    ("deaths", "fork"),
    ("queues", "queue", "fork"),
    ("queues", "threads", "fork"),
]

STATS = "select name from stats where value > 0 and severity in ('error', 'data_loss')"
TASKS = """select extract_arg(s.arg_set_id, 'debug.task'), s.ts, s.dur, tid, pid
    from slice s join thread_track t on t.id = s.track_id join thread using (utid) join process using (upid)
    where extract_arg(s.arg_set_id, 'debug.status') is not null"""
RUNS = """select extract_arg(p.arg_set_id, 'debug.task'), s.ts, s.dur from slice s join slice p
    on s.parent_id = p.id where s.name in ('run', 'run, raised')
    and extract_arg(p.arg_set_id, 'debug.status') is not null"""
SCHED = "select tid, cpu, ts, dur, end_state from sched join thread using (utid) where utid != 0"
STATES = """select tid, sum(dur) from thread_state join thread using (utid)
    where state = 'Running' and dur >= 0 group by tid"""
FLOWS = """select extract_arg(i.arg_set_id, 'debug.task'), o.name, i.name from flow
    join slice o on o.id = slice_out join slice i on i.id = slice_in"""
COUNTS = "select t.name, max(value) from counter c join counter_track t on t.id = c.track_id group by t.name"
NAMES = "select pid, process.name, tid, thread.name from thread join process using (upid)"


class Asked:
    """A run, and what the trace processor says of its export."""

    def __init__(self, out: Path, folder: Path, form: str = "perfetto") -> None:
        file = folder / f"exported.{form}"
        assert main(["export", str(out), "--format", form, "--out", str(file), "--quiet"]) == 0
        # What is said of a slice has another name where it comes from JSON.
        key = "args." if form == "chrome" else "debug."
        queries = (STATS, TASKS, RUNS, SCHED, STATES, FLOWS, COUNTS, NAMES)
        answers = trace_processor.ask(file, *(query.replace("debug.", key) for query in queries))
        self.stats, self.tasks, self.runs, self.sched = answers[:4]
        self.states, self.flows, self.counts, self.names = answers[4:]
        self.trace: Tables = run_folder.load(out)


_asked: dict[str, Asked] = {}


@pytest.fixture(params=CASES, ids="-".join)
def asked(request: pytest.FixtureRequest, both: Both, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """The export of a recorded program, asked once."""
    name = "-".join(request.param)
    if name not in _asked:
        ended: Ended = both(*request.param).traced
        assert ended.breaches == []
        _asked[name] = Asked(ended.out, tmp_path_factory.mktemp(name))
    return _asked[name]


def known(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows in which all of these columns are known."""
    return frame.dropna(subset=list(columns))


def test_sql_says_what_the_tables_say(asked: Asked) -> None:
    """Without an error, each task on its thread, each run at its time, each slice on its core."""
    trace = asked.trace
    assert asked.stats == []
    tasks = known(trace.tasks, "run_start")
    columns = ["task", "worker_tid", "worker_pid"]
    assert {(number, tid, pid) for number, _, _, tid, pid in asked.tasks} >= rows(tasks, *columns)
    ended = known(tasks[~tasks["status"].isin(["lost"])], "run_end")
    runs = ended.assign(length=ended["run_end"] - ended["run_start"])
    assert set(asked.runs) == rows(runs, "task", "run_start", "length")
    assert len(asked.runs) == len(runs)

    slices = trace.slices[trace.slices["start"] < trace.slices["end"]]
    slices = slices.assign(length=(slices["end"] - slices["start"]).mask(slices["reason"] == "running", -1))
    tids = set(slices["tid"].tolist())
    states = {"preempted": "R+", "blocked": "S", "exited": "X", "running": None}
    wanted = sorted(
        (tid, core, start, length, states[reason])
        for tid, core, start, length, reason in slices[
            ["tid", "core", "start", "length", "reason"]
        ].itertuples(index=False)
    )
    found = sorted(row for row in asked.sched if row[0] in tids and row[3] != 0)
    assert found == wanted
    held = slices[slices["length"] >= 0].groupby("tid")["length"].sum()
    assert {tid: held_ns for tid, held_ns in asked.states if tid in tids} == held.to_dict()


def rows(frame: pd.DataFrame, *columns: str) -> set[tuple[Any, ...]]:
    """Rows of a table as plain values."""
    return set(map(tuple, frame[list(columns)].astype(object).to_numpy().tolist()))


def test_flows_lead_from_the_call_over_the_run_to_the_delivery(asked: Asked) -> None:
    """From station to station, so none forks; counters reach what the tables reach."""
    stations = pd.DataFrame(asked.flows, columns=["task", "before", "after"])
    assert not stations.duplicated(["task", "before"]).any()
    assert not stations.duplicated(["task", "after"]).any()
    tasks = known(asked.trace.tasks, "run_start", "submitted", "delivered")
    last = stations[stations["after"].isin(["deliver", "delivered"])]
    assert set(last["task"]) >= set(tasks["task"].tolist())
    first = stations[stations["before"] == "submitted"]
    assert set(first["task"]) >= set(tasks["task"].tolist())
    ran = known(asked.trace.tasks, "run_start", "run_end")
    changes = sorted([*((end, -1) for end in ran["run_end"]), *((start, 1) for start in ran["run_start"])])
    most, now = 0, 0
    for _, change in changes:
        most = max(most, now := now + change)
    counts: dict[Any, Any] = dict(asked.counts)
    assert counts["tasks running"] >= most > 0


def test_processes_and_threads_have_their_names(asked: Asked) -> None:
    """Each under the process that it is of."""
    people = asked.trace.processes.set_index("process")["name"]
    threads = asked.trace.threads.dropna(subset=["name"])
    wanted = {
        (pid, people[process], tid, name)
        for pid, process, tid, name in threads[["pid", "process", "tid", "name"]].itertuples(index=False)
    }
    assert wanted <= set(asked.names)


def test_perfetto_reads_chrome_s_file_too(both: Both, tmp_path: Path) -> None:
    """The same tasks, runs and flows, but that of a call one flow begins there; only cores are missing."""
    out = both("pools", "fork").traced.out
    ours, theirs = Asked(out, tmp_path), Asked(out, tmp_path, "chrome")
    assert theirs.stats == []
    assert sorted(theirs.tasks) == sorted(ours.tasks) != []
    assert sorted(theirs.runs) == sorted(ours.runs)
    later = [[way for way in asked.flows if way[1] != "submitted"] for asked in (ours, theirs)]
    assert sorted(later[0]) == sorted(later[1]) != []
    assert {way for way in theirs.flows if way[1] == "submitted"} <= set(ours.flows)
    assert theirs.sched == []
