"""Parts of a view: which lanes come together, what are stages, where a task was."""

from __future__ import annotations

from tests.support.traces import MS, child, main_process, pool_trace, task, trace
from tracer.analysis.structure.stages import stages
from tracer.tables.tables import Tables
from tracer.timeline import Selection, build_up, select, view_of
from tracer.timeline.selection import MOST_GROUPS, lane_groups
from tracer.timeline.task_columns import TaskColumns


def span(name: str, start: int, end: int) -> dict[str, object]:
    return {
        "process": 0,
        "pid": 4000,
        "tid": 4000,
        "category": "user",
        "name": name,
        "start": start * MS,
        "end": end * MS,
    }


def with_spans(*spans: tuple[str, int, int]) -> Tables:
    people = [main_process(0, 60 * MS), child(1, 0, 5 * MS, 50 * MS)]
    return trace([task(0, 1, 10 * MS, 45 * MS)], people, spans=[span(*each) for each in spans])


def test_main_comes_with_its_threads_and_each_worker_alone() -> None:
    """As long as they are few."""
    lanes = view_of(pool_trace(4, 4)).chart.lanes
    assert [lane.name for lane in lanes][:3] == ["MainProcess", "task handler", "result handler"]
    assert lane_groups(lanes) == [frozenset({0, 1, 2}), *(frozenset({place}) for place in range(3, 7))]


def test_many_workers_come_in_groups() -> None:
    """The first alone, then groups of about equal size; none is left out and none comes twice."""
    lanes = view_of(pool_trace(64, 64)).chart.lanes
    main, first, *others = lane_groups(lanes)
    assert len(main) == 3
    assert first == {3}
    assert len(others) == MOST_GROUPS - 1
    assert {len(group) for group in others} <= {12, 13}
    assert sorted(place for group in (main, first, *others) for place in group) == list(range(len(lanes)))


def test_a_run_is_built_up_from_stage_to_stage_or_lane_by_lane() -> None:
    """From nothing to everything; the last stage comes with what is left."""
    made = with_spans(("load", 0, 10), ("work", 10, 30))
    shown = build_up(view_of(made).chart, stages(made))
    assert [part.until_ns for part in shown[1:-1]] == [10 * MS]
    lanes = build_up(view_of(pool_trace(2, 2)).chart, ())
    assert [sorted(part.lanes) for part in lanes[1:-1]] == [[0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4]]
    for parts in (shown, lanes):
        assert not parts[0].lanes
        assert not parts[0].full
        assert parts[-1].full


def test_a_task_is_in_its_worker_and_in_the_handlers() -> None:
    """From when its worker has it to when the result is sent; while it is pickled, and while it is opened."""
    made = trace([task(7, 1, 10 * MS, 20 * MS, MS)], [main_process(), child(1, 0, 5 * MS, 50 * MS)])
    pool = pool_trace(1, 1)
    for each in (made, pool):
        row = each.tasks.iloc[0]
        shown = view_of(each).chart
        found = select(TaskColumns(each), shown, [("task", str(row["task"]))])
        where = {shown.lanes[lane].name: (start, end) for lane, start, end in _stretches(found)}
        ends = row["received"], max(row["run_end"], row["result_sent"])
        assert where["ForkPoolWorker-1"] == ends
        for role in set(where) & {"task handler", "result handler"}:
            before = role == "task handler"
            assert where[role][0] == row["pickle_start" if before else "result_received"]
    assert {"task handler", "result handler"} <= set(where)


def _stretches(found: Selection) -> list[tuple[int, float, float]]:
    return list(zip(found.lane.tolist(), found.start_ns.tolist(), found.end_ns.tolist(), strict=True))
