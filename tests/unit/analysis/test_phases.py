import numpy as np
import pytest

from tests.support.accounts import task_at
from tests.support.traces import MAIN_PID, MS, child, hidden_threads, main_process, pool_trace, trace
from tracer.analysis.account import account
from tracer.analysis.functions import functions, functions_table
from tracer.analysis.measures import measures
from tracer.analysis.phases import PHASES, payload, task_phases
from tracer.tables.tables import Tables

# Two workers; the numbers of the phases follow from these stamps, see `test_account_workers.py`.
ROWS = [
    task_at(0, 1, submitted=15, pickle=(30, 40, 45), wait=(20, 25, 50), run=(55, 85), result=(90, 97)),
    task_at(1, 1, submitted=15, pickle=(46, 60, 61), wait=(100, 110, 112), run=(115, 135), result=(140, 150)),
    task_at(2, 2, submitted=15, pickle=(62, 104, 108), wait=(30, 60, 109), run=(110, 150), result=(152, 154)),
]
PEOPLE = [main_process(0, 210), child(1, 0, 10, 200), child(2, 0, 10, 200)]
CLOCKS = [row | {"cpu_ns": cpu, "runq_ns": wait} for row, cpu, wait in
          zip(ROWS, (20, 20, 30), (10, 0, 10), strict=True)]  # fmt: skip


def test_every_phase_of_a_task_lies_between_its_stamps():
    """Each step is the difference of its two stamps; the parent reads a result once it is free."""
    table = task_phases(trace(ROWS, PEOPLE)).table
    assert list(table.columns) == [phase.name for phase in PHASES]
    assert table.astype(int).to_numpy().T.tolist() == [
        [15, 31, 47],  # queued
        [10, 14, 42],  # pickling
        [5, 1, 4],  # sending
        [0, 50, 0],  # in the pipe
        [10, 2, 5],  # receiving
        [5, 3, 1],  # unpickling
        [30, 20, 40],  # run
        [5, 5, 2],  # result: pickling
        [7, 10, 2],  # result: sending
        [0, 0, 0],  # result: waiting
        [7, 10, 2],  # result: receiving
        [0, 0, 0],  # result: unpickling
        [1, 1, 1],  # delivering
    ]


def test_a_result_waits_while_the_parent_is_busy():
    """A result that is there at 152 while the parent delivers until 153 waits for 1 ns."""
    late = ROWS[1] | {"delivered": 153}
    found = task_phases(trace([ROWS[0], late, ROWS[2]], PEOPLE))
    assert found.of("result_waiting").tolist() == [0, 0, 1]
    assert found.of("result_receiving").tolist() == [7, 10, 1]


def test_serialization_is_what_both_ends_spent_on_it():
    """Out: 30, 20 and 52 ns; back: 19, 25 and 6: the account's categories, added up over all lanes."""
    made = trace(ROWS, PEOPLE, hidden_threads(10, 190))
    found = task_phases(made)
    assert found.args_ns.tolist() == [30, 20, 52]
    assert found.result_ns.tolist() == [19, 25, 6]
    names = ["pickling", "sending", "receiving", "unpickling"]
    assert account(made).table[names].to_numpy().sum() == pytest.approx(found.overhead_ns.sum())


def test_threads_serialize_nothing():
    """A thread pool has neither pipes nor bytes."""
    absent = dict.fromkeys(
        (
            *("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled"),
            *("args_bytes", "result_bytes"),
        )
    )
    rows = [row | absent | {"kind": "ThreadPool", "process": 0, "worker_tid": 77} for row in ROWS[:2]]
    people = {"host": "desk", "process": 0, "pid": MAIN_PID, "role": "worker", "tid": 77, "name": "T"}
    made = trace(rows, [main_process(0, 210)], [people | {"started": 5, "ended": 160}])
    assert np.isnan(task_phases(made).overhead_ns).all()
    (one,) = functions(made)
    assert (one.run_ns, one.overhead_share, one.args_bytes, one.args_rate) == (50, None, None, None)
    assert measures(made).serialization_overhead is None


def test_a_function_in_numbers():
    """Three tasks of one function: runs of 30, 20 and 40 ns, 180 bytes out in 17 ns, 60 back in 19."""
    (one,) = functions(trace(CLOCKS, PEOPLE))
    assert (one.name, one.tasks, one.finished, one.items) == ("scenarios.pool4.square", 3, 3, 3)
    assert (one.run_ns, one.run_median_ns, one.run_p95_ns, one.run_max_ns) == (90, 30, 39, 40)
    assert one.on_core_share == pytest.approx(70 / 90)
    assert (one.args_pickling_ns, one.args_unpickling_ns) == (14, 3)
    assert (one.result_pickling_ns, one.result_unpickling_ns) == (5, 0)
    assert (one.args_bytes, one.args_bytes_median, one.result_bytes) == (180, 60, 60)
    assert one.args_rate == pytest.approx(180 / 17e-9)
    assert one.result_rate == pytest.approx(60 / 19e-9)
    assert one.overhead_ns == 49
    assert one.overhead_share == pytest.approx(152 / 242)


def test_functions_come_by_the_time_they_took_and_unknown_is_none():
    """The function that ran longest is first; one whose only task was lost has no medians."""
    lost = ROWS[0] | dict.fromkeys(("run_end", "result_pickled", "result_sent", "result_received")) | {
        "function": "g", "status": "lost", "args_bytes": None, "result_bytes": None,
    }  # fmt: skip
    found = functions(trace([lost, ROWS[2]], PEOPLE))
    assert [one.name for one in found] == ["scenarios.pool4.square", "g"]
    assert (found[1].tasks, found[1].finished, found[1].run_median_ns, found[1].args_bytes) == (
        1,
        0,
        None,
        None,
    )
    assert functions_table(found)["run_median_ns"].isna().tolist() == [False, True]


def test_measures_of_two_workers():
    """In 140 ns W1 ran for 50 and W2 for 40."""
    found = measures(trace(ROWS, PEOPLE))
    assert (found.makespan_ns, found.workers, found.cores, found.run_ns) == (140, 2, 4, 90)
    assert found.parallelism == pytest.approx(90 / 140)
    assert found.efficiency == pytest.approx(90 / 280)
    assert found.load_balance == pytest.approx(0.9)
    assert found.communication_efficiency == pytest.approx(50 / 140)
    assert (found.area_bound_ns, found.critical_path_bound_ns, found.bound_ns) == (45, 40, 45)
    assert (found.on_core_ns, found.speedup, found.serial_fraction) == (None, None, None)
    assert (found.args_ns, found.result_ns, found.serialization_ns) == (102, 50, 152)
    assert found.serialization_overhead == pytest.approx(152 / 242)
    assert (found.task_args_ns, found.task_result_ns) == (30, 19)
    assert found.task_overhead == pytest.approx(49 / 79)  # of 49/79, 45/65 and 58/98


def test_measures_with_the_threads_clocks():
    """70 ns on cores in 140 are half a core: Karp and Flatt's fraction is (2 - 1/2) / (1/2) = 3."""
    found = measures(trace(CLOCKS, PEOPLE))
    assert (found.on_core_ns, found.speedup) == (70, 0.5)
    assert found.serial_fraction == pytest.approx(3.0)
    assert (found.area_bound_ns, found.critical_path_bound_ns) == (35, 30)
    assert measures(trace(CLOCKS, PEOPLE, affinity=[0])).area_bound_ns == 70


def test_a_worker_that_replaces_another_takes_its_place():
    """Two workers one after the other are one place, so that a perfect balance stays one."""
    people = [main_process(0, 210), child(1, 0, 10, 99), child(2, 99, 99, 200)]
    rows = [ROWS[0], ROWS[1] | {"process": 2, "worker_tid": MAIN_PID + 2}]
    found = measures(trace(rows, people))
    assert (found.workers, found.load_balance) == (1, 1.0)


def test_plain_processes_are_the_workers_where_there_is_no_pool():
    """Two processes of 60 and 30 ns without a pool."""
    people = [main_process(0, 210), child(1, 50, 60, 120, role="process"),
              child(2, 50, 60, 90, role="process", exited=120)]  # fmt: skip
    found = measures(trace([], people))
    assert (found.workers, found.makespan_ns, found.run_ns) == (2, 70, 90)
    assert (found.area_bound_ns, found.critical_path_bound_ns) == (45, 60)


@pytest.mark.parametrize("made", [Tables(), trace([], [main_process(0, 10)]), pool_trace(1, 1, 1 * MS)])
def test_nothing_is_divided_by_zero(made):
    """The empty trace, one of main alone and one of one task have measures; none is NaN."""
    values = [value for value in vars(measures(made)).values() if value is not None]
    assert all(np.isfinite(values))


def test_the_bytes_of_a_phase():
    """Three tasks of 100, 200 and 600 bytes, read in 10 + 2 + 5 ns: the median, the sum, the rate."""
    rows = [row | {"args_bytes": size} for row, size in zip(ROWS, (100, 200, 600), strict=True)]
    made = trace(rows, PEOPLE)
    found = payload(made, task_phases(made), "receiving")
    assert found is not None
    assert (found.each, found.total) == (200, 900)
    assert found.per_second == pytest.approx(900 / 17e-9)
    assert payload(made, task_phases(made), "run") is None


def test_the_share_of_serialization_in_sum():
    """Of what serializing and running took together."""
    found = task_phases(trace(ROWS, PEOPLE))
    spent, run = np.nansum(found.overhead_ns), np.nansum(found.of("run"))
    assert run == 90
    assert found.overhead_share == pytest.approx(spent / (spent + 90))
