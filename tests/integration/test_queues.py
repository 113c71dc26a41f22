"""Hand-written workers on queues and pipes, under every start method."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import METHODS, Both
from tests.support.programs import Pair

# case: function, tasks that ended well, workers at most, how many results came back
WHOLE = {
    "queue": ("square", 20, 2, 20),
    "simple": ("square", 20, 2, 20),
    "managed": ("until_stop", 20, 2, 20),
    "word": ("until_stop", 20, 2, 20),
    "object": ("stopping", 20, 2, 20),
    "polling": ("polling", 20, 2, 20),
    "looking": ("looking", 20, 1, 20),
    "counted": ("counted", 5, 1, 0),
    "joinable": ("joinable", 10, 2, 0),
    "waiting": ("square", 8, 2, 8),
    "requeue": ("requeue", 7, 2, 7),
    "threads": ("in_threads", 20, 2, 20),
    "class": ("Worker.run", 20, 2, 20),
    "large": ("square_lengths", 3, 1, 3),
}
PIPES = ("pipes", "bytes")
OTHERS = (*PIPES, "dying", "raising", "pipeline", "main_alone", "unpicklable")

EVERYWHERE = ("queue", "simple", "joinable", "pipes", "pipeline", "dying", "class")
"""Cases that are tried under every start method; the others are the same after their processes' start."""


def each(*names: str) -> pytest.MarkDecorator:
    """Run a test for each of these cases, and for each start method that it is tried under."""
    pairs = [(name, method) for name in names for method in METHODS if method == "fork" or name in EVERYWHERE]
    return pytest.mark.parametrize(("case", "method"), pairs, ids=[f"{m}-{name}" for name, m in pairs])


by_fork = pytest.mark.parametrize("method", ["fork"])


@pytest.fixture
def run(both: Both, method: str) -> Any:
    """Return `run(case)`: a case, plain and traced."""
    return lambda case: both("queues", case, method)


@each(*WHOLE, *OTHERS)
def test_the_program_is_as_untraced(run: Any, case: str) -> None:
    """What a program with queues prints, and its exit code, are those of the plain run."""
    pair: Pair = run(case)
    assert (pair.traced.stdout, pair.traced.stderr) == (pair.plain.stdout, pair.plain.stderr)
    assert pair.traced.code == pair.plain.code == 0


@each(*WHOLE, *OTHERS)
def test_the_trace_keeps_the_contract(run: Any, case: str) -> None:
    """The trace keeps the contract of tables, and nothing is lost."""
    traced = run(case).traced
    assert traced.breaches == []
    assert traced.trace.meta["losses"] == {}


@each(*WHOLE)
def test_every_task_is_seen(run: Any, case: str) -> None:
    """Each message that was worked on is a task of the process's target; what ended the workers is none."""
    function, count, workers, results = WHOLE[case]
    tasks = run(case).traced.trace.tasks
    assert set(tasks["kind"]) == {"Queue"}
    assert tasks["pool"].nunique() == 1
    assert (set(tasks["function"]), list(tasks["status"])) == ({function}, ["ok"] * count)
    assert 1 <= len(set(zip(tasks["process"], tasks["worker_tid"], strict=True))) <= workers
    assert tasks["sent"].notna().all()  # each was found at the other end
    assert tasks["delivered"].notna().sum() == results


@each(*PIPES)
def test_what_goes_over_a_pipe_alone_is_no_task(run: Any, case: str) -> None:
    """Servers at the ends of pipes are processes; what they wait for is a span, with the bytes that came."""
    trace = run(case).traced.trace
    assert not len(trace.tasks)
    assert (trace.processes["role"] == "process").sum() == 2
    spans = trace.spans[trace.spans["category"] == "pipe"]
    assert set(spans["name"]) <= {"recv", "send"}
    assert all(json.loads(data) for data in spans["data"])


@each("queue", "simple")
def test_both_ends_of_a_message_are_told_together(run: Any, case: str) -> None:
    """What was put when, and how large it was, is what its worker took: in order at both ends."""
    tasks = run(case).traced.trace.tasks
    assert (tasks["args_bytes"] > 0).all()
    assert (
        tasks.sort_values("pickle_end")["received"].is_monotonic_increasing or tasks["process"].nunique() > 1
    )
    assert (tasks["sent"] >= tasks["pickle_end"]).all()
    assert (tasks["received"] >= tasks["pickle_end"]).all()


def test_the_worker_of_a_queue_is_a_worker(run: Any) -> None:
    """Processes that take tasks have the role `worker`; their parent keeps its own."""
    trace = run("queue").traced.trace
    roles = trace.processes.set_index("process")["role"]
    assert set(roles[trace.tasks["process"].unique()]) == {"worker"}
    assert (roles == "main").sum() == 1


def test_a_worker_that_is_killed_has_lost_its_task(run: Any) -> None:
    """The task in hand is lost, those before are well, those behind are unfinished."""
    tasks = run("dying").traced.trace.tasks
    assert tasks["status"].value_counts().to_dict() == {"ok": 2, "lost": 1, "unfinished": 3}
    assert tasks.loc[tasks["status"] == "lost", "run_end"].isna().all()


@by_fork
def test_a_task_that_raised_is_an_error(run: Any) -> None:
    """What ended its worker by an exception is an error, and ends where the target was left."""
    tasks = run("raising").traced.trace.tasks
    assert list(tasks["status"]) == ["ok", "ok", "error"]
    assert tasks["run_end"].notna().all()


def test_each_stage_of_a_pipeline_is_a_pool(run: Any) -> None:
    """Stages have pools of their own, in the order of the way; a stage's results are the next one's tasks."""
    tasks = run("pipeline").traced.trace.tasks
    assert tasks.groupby("pool").size().tolist() == [10, 10, 10]
    first, second = (tasks[tasks["pool"] == pool] for pool in (1, 2))
    assert sorted(first["result_received"]) == sorted(second["received"])


@by_fork
def test_who_collects_or_takes_once_is_no_worker(run: Any) -> None:
    """Main that takes from a queue, and a child that takes one message, have no tasks."""
    assert len(run("main_alone").traced.trace.tasks) == 0


@by_fork
def test_what_cannot_be_pickled_is_told(run: Any) -> None:
    """A message that cannot be pickled, or not unpickled, has that status; the others are well."""
    tasks = run("unpicklable").traced.trace.tasks
    assert sorted(tasks["status"]) == ["ok", "ok", "unpicklable", "unpicklable"]


@by_fork
def test_waits_are_spans_with_bytes(run: Any) -> None:
    """A `get` that waited is a span of its thread that names the queue and the message's bytes."""
    traced = run("counted").traced
    spans = traced.trace.spans
    gets = spans[(spans["category"] == "queue") & (spans["name"] == "get")]
    assert len(gets) > 0
    for data in map(json.loads, gets["data"]):
        assert data["queue"] == "SimpleQueue 1"
        assert data["bytes"] > 0
