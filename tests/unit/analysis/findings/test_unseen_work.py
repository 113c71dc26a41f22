"""No verdict over work that was not seen, and none of workers that were hardly in tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support import traces
from tests.support.traces import MAIN_PID, MS, S
from tracer.analysis import sentence, summarize
from tracer.analysis.findings import diagnose, headline
from tracer.tables import losses
from tracer.tables.tables import Tables


def run(hidden_ns: int, **changes: Any) -> Tables:
    """Make a run: two workers compute for 798 ms each in tasks, and a library's process so long in none."""
    people = [traces.main_process(0, S), *(traces.child(w, 0, 10 * MS, S) for w in (1, 2))]
    people += [traces.child(3, 0, 10 * MS, S, "process", name="Lib-1", library="lib")]
    turns = [(w, (100 + 80 * n) * MS) for n in range(10) for w in (1, 2)]
    tasks = [traces.task(n, w, at, at + 78 * MS, submitted=90 * MS) for n, (w, at) in enumerate(turns, 1)]
    held = [(1, 100 * MS, 898 * MS), (2, 100 * MS, 898 * MS), (3, 100 * MS, 100 * MS + hidden_ns)]
    slices = [
        {"host": "desk", "core": who, "process": who, "pid": MAIN_PID + who, "tid": MAIN_PID + who}
        | {"start": start, "end": end, "reason": "blocked"}
        for who, start, end in held
    ]
    return traces.trace(tasks, people, slices=slices, core_source="kernel", **changes)


def test_it_is_the_only_finding_and_the_title() -> None:
    """Of 2,400 ms on cores 804 were in no task; nothing claims a share of the run."""
    trace = run(804 * MS)
    (only,) = diagnose(trace)
    assert (only.code, only.seconds, only.share) == ("unseen-work", 0.0, 0.0)
    assert headline(trace) == only
    assert "804 ms of 2.4 s" in only.title
    assert "Lib-1 (lib) 804 ms" in only.what
    assert only.evidence["processes"][0]["core_ns"] == 804 * MS


def test_little_that_was_not_seen_leaves_the_verdict() -> None:
    """A twentieth of the work is less than such measurements scatter."""
    found = diagnose(run(80 * MS))
    assert "unseen-work" not in {one.code for one in found}
    assert found


def test_the_summary_says_it() -> None:
    """The share, the processes, and the sentence where something else is the title."""
    summary = summarize(run(804 * MS))
    assert summary.work_ns == 2400 * MS
    assert summary.seen_share is not None
    assert round(summary.seen_share, 4) == 0.665
    assert summary.unseen_ns == 804 * MS
    assert summary.to_dict()["unseen"] == [
        {"name": "Lib-1", "process": 3, "pid": MAIN_PID + 3, "library": "lib", "core_ns": 804 * MS}
    ]
    assert "804 ms of 2.4 s on cores were in no task that was seen" in sentence(summary)


def test_a_version_that_is_not_followed_is_named() -> None:
    """What `losses` says of it stands in the finding."""
    lost = {"tasks of loky 9.1, a version that is not known": 2}
    (only,) = diagnose(run(804 * MS, losses=lost))
    assert "loky 9.1" in only.what
    assert only.evidence["versions_not_known"] == ["loky 9.1"]


def test_a_pool_that_was_made_before_leaves_no_verdict() -> None:
    """Nothing tells what it did, however much else was seen; and what was seen keeps its numbers."""
    trace = run(0, losses={losses.MADE_BEFORE.format(kind): 1 for kind in ("loky", "Pool")})
    (only,) = diagnose(trace)
    assert headline(trace) == only
    assert (only.code, only.share, only.confidence) == ("unseen-work", 0.0, "low")
    who = "loky (made before the trace began), Pool (made before the trace began)"
    assert who in only.title
    assert who in only.what
    assert only.advice.startswith("Make the pool")
    assert (only.evidence["made_before"], only.evidence["seen_share"]) == (["loky", "Pool"], None)
    summary = summarize(trace)
    assert (summary.seen_share, summary.unseen_ns, summary.work_ns) == (None, None, 1596 * MS)
    (only,) = diagnose(run(804 * MS, losses=trace.meta["losses"]))
    assert f"Lib-1 (lib), {who}" in only.title


def test_workers_outside_the_trace_leave_no_verdict() -> None:
    """Where they took more than a tenth of the tasks: nothing tells how they worked."""
    whole = run(0, losses={})
    tenth = len(whole.tasks) // 10
    assert diagnose(run(0, losses={losses.TAKEN_OUTSIDE: tenth}))[0].code != "unseen-work"
    (only,) = diagnose(run(0, losses={losses.TAKEN_OUTSIDE: tenth + 1}))
    assert (only.code, only.confidence, only.evidence["taken_outside"]) == ("unseen-work", "low", tenth + 1)
    assert "workers outside the trace" in only.title
    assert only.advice.startswith("Begin the trace before the workers")


def test_an_executor_of_threads_that_was_made_before_leaves_the_verdict() -> None:
    """Its threads are the main process's, where `healthy` says what was not recorded."""
    kind = losses.MADE_BEFORE.format("ThreadPoolExecutor")
    trace = run(0, losses={kind: 1})
    found = diagnose(trace)
    assert found
    assert "unseen-work" not in {one.code for one in found}
    assert summarize(trace).seen_share == 1.0
    assert all(kind in one.missing for one in found if one.code == "healthy")


def test_what_is_not_known_is_not_healthy() -> None:
    """Without slices, a library's process that says nothing leaves no verdict."""
    trace = run(0, losses={})
    trace = replace(trace, slices=trace.slices.iloc[:0], meta={**trace.meta, "core_source": "stamps"})
    (only,) = diagnose(trace)
    assert (only.code, only.confidence, only.evidence["seen_share"]) == ("unseen-work", "low", None)
    assert summarize(trace).seen_share is None


def test_workers_that_are_hardly_in_tasks_are_not_healthy() -> None:
    """Two workers have a task of 10 ms each, now and then; main waits, and no cause is known."""
    people = [traces.main_process(0, 10 * S), *(traces.child(w, 0, 10 * MS, 10 * S) for w in (1, 2))]
    tasks = [
        traces.task(2 * n + w, w, n * S + 100 * MS, n * S + 110 * MS, cpu_ns=10 * MS, runq_ns=0)
        for n in range(9)
        for w in (1, 2)
    ]
    first = diagnose(traces.trace(tasks, people))[0]
    assert first.code == "cause-unknown"
    assert "1.1 % of their time in tasks" in first.title
    assert "starved" in first.what


def test_a_library_s_process_may_end_by_a_signal() -> None:
    """So end libraries their workers, some with the signal's number; one that was killed has failed."""
    codes = {1: -15, 2: 15, 3: -9}
    common = {"library": "lib", "role": "process"}
    people = [traces.child(n, 0, MS, S, exitcode=code, **common) for n, code in codes.items()]
    failed = summarize(traces.trace((), [traces.main_process(0, S), *people])).failed
    assert [one.how for one in failed] == ["SIGKILL"]


def test_health_is_uncertain_where_something_was_lost() -> None:
    """What could not be kept may have been what held the run back."""
    turns = [(w, n * S) for n in range(9) for w in (1, 2)]
    tasks = [
        traces.task(number, w, at, at + 990 * MS, cpu_ns=990 * MS) for number, (w, at) in enumerate(turns)
    ]
    people = [traces.main_process(0, 9 * S), *(traces.child(w, 0, 10 * MS, 9 * S) for w in (1, 2))]
    first = diagnose(traces.trace(tasks, people, losses={"records": 5}))[0]
    assert (first.code, first.confidence) == ("healthy", "low")
    assert first.missing.endswith("not recorded: records")
    assert "not recorded" not in diagnose(traces.trace(tasks, people))[0].missing
