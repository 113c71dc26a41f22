"""A sweep and its curves: medians, the knee, the last doubling, the model and the ideal."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.accounts import task_at
from tests.support.traces import MS, child, main_process, pool_trace, trace
from tracer.analysis.sweep.predictions import evaluate, ideal
from tracer.analysis.sweep.sweep import Sweep, kind_of, sentence
from tracer.analysis.sweep.trials import Point, Trial, Value, middle_trial, points
from tracer.tables.tables import Tables


def trials(times_ms: dict[Value, list[float]]) -> list[Trial]:
    """Make runs that ended well, in turns; a time of 0 is a run that failed."""
    most = max(map(len, times_ms.values()))
    return [
        Trial(value, n + 1, 0 if times[n] else 3, int(times[n] * MS) or None, None, f"runs/{value}-{n + 1}")
        for n in range(most)
        for value, times in times_ms.items()
        if n < len(times)
    ]


def swept(times_ms: dict[Value, list[float]], option: str = "--workers") -> Sweep:
    """Make a sweep without curves."""
    made = trials(times_ms)
    found = points(made)
    return Sweep(option, kind_of(option), tuple(made), found, found[0], 4)


def test_points_are_medians_with_ranges() -> None:
    """From the smallest value on, failed runs left out, values without any run too."""
    found = points(trials({4: [5, 3, 4], 1: [9, 0, 7], 2: [0, 0, 0]}))
    assert found == (
        Point(1, 8 * MS, 7 * MS, 9 * MS, 2),
        Point(4, 4 * MS, 3 * MS, 5 * MS, 3),
    )


def test_the_middle_run_is_the_one_that_took_the_median() -> None:
    """Of three runs the second fastest, of two the faster."""
    assert middle_trial(trials({1: [5, 3, 4]}), 1).number == 3
    assert middle_trial(trials({1: [5, 3]}), 1).number == 2


def test_the_knee_is_the_smallest_value_near_the_best() -> None:
    """104 is within 5 % of 100, 106 is not."""
    for second, value in ((104, 2), (106, 4)):
        knee = swept({1: [400], 2: [second], 4: [100]}).knee
        assert knee is not None
        assert knee.value == value


def test_the_last_doubling_is_to_the_largest_value() -> None:
    """From the largest value that is at most half of it; where there is none, from the one before."""
    step = swept({1: [400], 4: [200], 6: [190], 8: [150]}).last_step
    assert step is not None
    assert (step.before, step.after, step.scattered) == (4, 8, False)
    assert step.gain == pytest.approx(0.25)
    near = swept({4: [100, 90], 6: [98, 95]}).last_step
    assert near is not None
    assert (near.before, near.after, near.scattered) == (4, 6, True)
    assert swept({4: [100]}).last_step is None


@pytest.mark.parametrize(
    ("times", "option", "said"),
    [
        (
            {1: [1200], 2: [610], 4: [400], 8: [392]},
            "--workers",
            "4 workers are enough: 400 ms, 3 times as fast as 1 and within 5 % of the best (392 ms with 8); "
            "the last doubling, from 4 to 8, saved 2 %",
        ),
        (
            {1: [1200], 2: [600]},
            "WORKERS",
            "2 workers were the fastest: 600 ms, 2 times as fast as 1; "
            "the last doubling, from 1 to 2, saved 50 %",
        ),
        (
            {1: [400], 1000: [500]},
            "--chunksize",
            "Chunk size 1 is enough: 400 ms; the last step, from 1 to 1,000, made it 25 % slower",
        ),
        (
            {0.5: [100, 120], 1.0: [99, 119]},
            "--payload-mb=",
            "--payload-mb 0.5 is enough: 110 ms and within 5 % of the best (109 ms with 1); "
            "the last doubling, from 0.5 to 1, saved 1 %, within the runs' scatter",
        ),
        ({2: [100], 4: [0]}, "--workers", "2 workers took 100 ms; no other value worked"),
    ],
)
def test_the_result_in_one_sentence(times: dict[Value, list[float]], option: str, said: str) -> None:
    """What is enough, how much it brought, and what the last doubling brought."""
    assert sentence(swept(times, option)) == said


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (
            {"fork": [150, 160], "spawn": [300, 330], "forkserver": [200, 210]},
            "The fastest was fork: 155 ms; forkserver took 205 ms, 1.3 times as long; "
            "spawn took 315 ms, 2 times as long",
        ),
        (
            {"a": [100, 120], "b": [90, 101], "c": [400, 500]},
            "No telling which is the fastest: the ranges of b (95.5 ms) and a (110 ms) overlap; "
            "c took 450 ms, 4.7 times as long as b",
        ),
        (
            {name: [100, 120] for name in "abcdef"},
            "No telling which is the fastest: the ranges of 6 values overlap",
        ),
        (
            {"x" * 40: [100], "10": [400]},
            f"The fastest was {'x' * 15}…{'x' * 16}: 100 ms; 10 took 400 ms, "
            f"4 times as long; one run of a value may be chance",
        ),
        ({"a": [0], "b": [100]}, "b took 100 ms; no other value worked"),
    ],
)
def test_of_names_the_fastest_is_told_where_ranges_tell_it(
    times: dict[Value, list[float]], said: str
) -> None:
    """With the next one and the slowest; no name is enough, and none follows another."""
    found = swept(times, "--how")
    assert sentence(found) == said
    assert (found.knee, found.last_step) == (None, None)
    assert (found.chosen is None) == ("No telling" in said)
    json.dumps(found.to_dict(), allow_nan=False)


def test_names_stand_as_they_were_given() -> None:
    """Also where the first run of one failed; numbers stand by size."""
    assert [point.value for point in points(trials({"b": [0, 1], "a": [1, 1]}))] == ["b", "a"]


def test_names_of_options_say_what_they_set() -> None:
    """Workers and chunk sizes go by many names; others are not guessed at."""
    for name in ("--workers", "WORKERS", "--max-workers", "--processes", "N_JOBS", "--nproc="):
        assert kind_of(name) == "workers", name
    for name in ("--chunksize", "CHUNK_SIZE", "--chunk"):
        assert kind_of(name) == "chunksize", name
    assert kind_of("--work-ms") == kind_of("-n") == ""


def test_the_ideal_shares_the_first_points_time() -> None:
    """120 ms with 1 are 60 with 2 and 15 with 8; on 4 cores never less than 30."""
    assert ideal(120 * MS, 1, [1, 2, 8]) == ((1, 120 * MS), (2, 60 * MS), (8, 15 * MS))
    assert ideal(120 * MS, 1, [1, 2, 8], 4) == ((1, 120 * MS), (2, 60 * MS), (8, 30 * MS))
    assert ideal(30 * MS, 8, [4, 8, 16], 4) == ((4, 30 * MS), (8, 30 * MS), (16, 30 * MS))


def family(option: str, traces: dict[Value, Tables]) -> Sweep:
    """Evaluate one run of each value that took the same time."""
    return evaluate(option, trials({value: [100] for value in traces}), traces)


def handed_over_at_once(workers: int, tasks: int) -> Tables:
    """Make a pool's trace in which one call hands over all tasks, and no task lacks a core."""
    made = pool_trace(workers, tasks)
    rows = made.tasks.copy()
    for name in ("submitted", "pickle_start", "pickle_end", "sent"):
        rows[name] = rows["submitted"].min()
    rows["cpu_ns"], rows["runq_ns"] = 10 * MS, 0
    return replace(made, tasks=rows)


def test_the_model_starts_at_the_run_that_it_is_taken_from() -> None:
    """Its curve goes through the first value's makespan, and down where more workers share the work."""
    found = family("--workers", {workers: handed_over_at_once(workers, 16) for workers in (1, 2, 4)})
    curve = dict(found.predicted)
    assert curve[1] == pytest.approx(16 * 10 * MS + 15 * 0.4 * MS + 0.45 * MS)
    assert curve[2] == pytest.approx(curve[1] / 2, rel=0.1)
    assert list(curve) == sorted(curve)
    assert {1, 2, 3, 4} <= set(curve)
    assert dict(found.ideal)[4] == 25 * MS
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_setting_that_is_not_seen_in_the_runs_has_no_prediction() -> None:
    """Two pools, other workers than set, no pool at all, or a setting that the model does not know."""
    two = pool_trace(2, 8)
    assert "had 2 workers, not 4" in family("--workers", {2: two, 4: two}).not_predicted
    assert "prefetch factors only" in family("--work-ms", {1: two, 4: two}).not_predicted
    assert (
        family("--prefetch-factor", {1: two, 4: two}).not_predicted == "a prefetch factor is a data loader's"
    )
    tasks = two.tasks.copy()
    tasks["pool"] = [1, 2] * 4
    assert "several pools" in family("--workers", {2: Tables(tasks, two.processes)}).not_predicted
    alone = trace((), [main_process(0, 9 * MS), child(1, 0, MS, 8 * MS, role="process")])
    assert "no pool finished a task" in family("--workers", {1: alone}).not_predicted
    assert "whole numbers" in family("--workers", {0: two}).not_predicted
    assert family("--workers", {0: two, 2: two}).ideal == ()


def started_by(method: str) -> Tables:
    """Make a pool's trace with workers of a start method."""
    made = handed_over_at_once(2, 8)
    processes = made.processes.copy()
    processes.loc[processes["role"] == "worker", "start_method"] = method
    return replace(made, processes=processes)


def test_start_methods_are_predicted_by_when_workers_are_there() -> None:
    """8 tasks of 10 ms on 2 workers; where both come 100 ms later, the makespan is that much longer."""
    asked = []

    def probe(method: str, workers: int, kind: str) -> list[float]:
        asked.append((method, workers, kind))
        return [100 * MS] * workers

    traces: dict[Value, Tables] = {method: started_by(method) for method in ("fork", "spawn")}
    found = evaluate("--how", trials({method: [100] for method in traces}), traces, probe)
    assert asked == [("spawn", 2, "Pool")]
    assert (found.kind, found.not_predicted, found.ideal) == ("start-method", "", ())
    curve = dict(found.predicted)
    assert curve["spawn"] - curve["fork"] == pytest.approx(100 * MS, rel=0.02)


def test_names_that_are_no_start_methods_have_no_prediction() -> None:
    """A start method is what the workers were started by, whatever the value is called."""
    other = family("--start-method", {"fork": started_by("fork"), "spawn": started_by("fork")})
    assert (other.kind, other.predicted) == ("", ())
    assert "start methods only" in other.not_predicted
    alone = trace((), [main_process(0, 9 * MS), child(1, 0, MS, 8 * MS)])
    assert "no pool" in family("--how", {"fork": alone}).not_predicted


def test_what_runs_show_counts_where_a_name_says_nothing() -> None:
    """`-n` sets the workers if every run has as many as it says."""
    assert family("-n", {1: pool_trace(1, 4), 2: pool_trace(2, 4)}).kind == "workers"
    assert family("-n", {1: pool_trace(1, 4), 2: pool_trace(1, 4)}).kind == ""


def calls(chunk: int) -> Tables:
    """Make two calls of 8 items: the first one by one, the second in chunks; a ms an item, one worker."""
    rows: list[Any] = []
    now = 0
    for submitted, sizes in ((0, [1] * 8), (8 * MS, [chunk] * (8 // chunk))):
        for items in sizes:
            end = now + items * MS
            stamps = ((submitted,) * 3, (now, now, now), (now, end), (end, end))
            rows.append(task_at(len(rows), 1, submitted, *stamps, items=items, delivered=end))
            now = end
    return trace(rows, [main_process(0, now), child(1, 0, 0, now)])


def test_only_calls_that_the_chunk_size_reaches_are_changed() -> None:
    """The first call keeps its 8 ms whatever the value, the second one's work is the same in any chunks."""
    found = family("--chunksize", {1: calls(1), 4: calls(4), 8: calls(8)})
    assert found.not_predicted == ""
    assert dict(found.predicted)[1] == pytest.approx(16 * MS, rel=0.01)
    assert dict(found.predicted)[8] == pytest.approx(16 * MS, rel=0.05)
    assert "no call handed over" in family("--chunksize", {2: calls(8), 4: calls(8)}).not_predicted
