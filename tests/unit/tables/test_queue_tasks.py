"""Messages of queues: which that was taken is which that was put, and what of it are tasks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support.journal_records import ORIGIN, by, journals
from tracer.instrument.stdlib.channels import mark_of
from tracer.record import schema
from tracer.record.schema import CHANNEL, CLAIM, PIPE, PUT, SKIPPED, STAGE, TAKE, TARGET_START, THREAD
from tracer.tables import definitions
from tracer.tables.journals import Journals
from tracer.tables.messages import is_none, read_messages
from tracer.tables.queue_tasks import Found, read_queue_tasks

Record = tuple[int, ...]
NAMES = ("Queue", "square", "Connection")
MAIN, WORKER, OTHER = 0, 1, 2
TASKS, RESULTS = 7000, 8000
NONE = 4, 0x2E4E0480
STOP = 9, 5


def channel(number: int, identity: int, name: int = 1, is_pipe: bool = False) -> Record:
    """A queue of this process, or the end of a pipe, by its number."""
    return by(number, CHANNEL, identity, name, 0, int(is_pipe))


def put(number: int, at: int, message: tuple[int, int] = (30, 1), tid: int = 100) -> Record:
    """A message put at `at`, pickled at `at + 1`, written from `at + 3` to `at + 4`."""
    size, mark = message
    return by(number, PUT, at, at + 1, at + 2, at + 3, at + 4, size, tid | mark << schema.MARK_SHIFT)


def take(number: int, at: int, end: int = 0, message: tuple[int, int] = (30, 1)) -> Record:
    """A message waited for from `at`, read at `at + 2`, in the function at `at + 3` until `end`."""
    return by(number, TAKE, at, at + 1, at + 2, at + 3, end, *message)


def made(*written: list[Record]) -> Journals:
    """Main and its children; the thread of process n has the number 100 + n."""
    begun = [[(THREAD, 1001, 100 + place), *records] for place, records in enumerate(written)]
    result = journals(*begun, names=NAMES)
    for place, identity in enumerate(result.identities):
        identity |= {"role": "process" if place else "main", "name": f"p{place}", "ppid": 100}
    return result


def found(given: Journals, left: dict[int, int] | None = None, codes: dict[int, int] | None = None) -> Found:
    """The tasks; `left` tells when processes left their targets, `codes` how those that ended did."""
    rows = [
        {
            "host": "desk",
            "process": n,
            "pid": 100 + n,
            "name": f"p{n}",
            "target_end": None if n not in (left or {}) else (left or {})[n] - ORIGIN,
            "exitcode": (codes or {}).get(n),
        }
        for n in range(len(given.identities))
    ]
    ended = np.array([n in (codes or {}) for n in range(len(rows))])
    processes = definitions.PROCESSES.from_rows(rows)
    return read_queue_tasks(given, read_messages(given), ORIGIN, processes, ended, 1)


def rows(result: Found) -> list[dict[str, Any]]:
    """The rows of the tasks, missing values as None."""
    plain = result.tasks.astype(object).where(result.tasks.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


STARTED = (STAGE, TARGET_START, 1005, 2)
FED = [channel(1, TASKS), put(1, 1010), put(1, 1020, (31, 2)), put(1, 1030, NONE)]
LOOP = [
    STARTED,
    channel(1, TASKS),
    take(1, 1011, 1050),
    take(1, 1050, 1090, (31, 2)),
    take(1, 1090, 0, NONE),
]


def test_a_task_s_whole_way() -> None:
    """Stamps of both ends are in their columns, counted from the origin; the None is no task."""
    first, second = rows(found(made(FED, LOOP), {WORKER: 1100}, {WORKER: 0}))
    assert (first["submitted"], first["pickle_start"], first["pickle_end"], first["sent"]) == (10, 11, 12, 14)
    assert (first["wait_start"], first["lock_acquired"], first["received"]) == (11, 12, 13)
    assert (first["run_start"], first["run_end"], first["args_bytes"]) == (14, 50, 30)
    assert (second["submitted"], second["run_start"], second["run_end"]) == (20, 53, 90)
    assert {(one["function"], one["status"], one["kind"], one["pool"]) for one in (first, second)} == {
        ("square", "ok", "Queue", 1)
    }


def test_the_result_is_what_is_put_last() -> None:
    """A run ends where its result is put; how that goes on is of the same task."""
    worker = [STARTED, channel(1, TASKS), channel(2, RESULTS), take(1, 1011, 1050), take(1, 1050, 0, NONE)]
    worker += [put(2, 1040, (20, 3), tid=101)]
    main = [*FED[:2], put(1, 1030, NONE), channel(2, RESULTS), take(2, 1041, 0, (20, 3))]
    (task,) = rows(found(made(main, worker), {WORKER: 1100}, {WORKER: 0}))
    assert (task["run_end"], task["result_pickled"], task["result_sent"]) == (40, 42, 44)
    assert (task["result_received"], task["delivered"], task["result_bytes"]) == (43, 44, 20)


def test_a_word_that_ends_all_workers_is_no_task() -> None:
    """What looks like the last message of another worker, and like no other, ended its worker."""
    main = [channel(1, TASKS), put(1, 1010), put(1, 1020), put(1, 1030, STOP), put(1, 1031, STOP)]
    one = [STARTED, channel(1, TASKS), take(1, 1011, 1050), take(1, 1050, 0, STOP)]
    two = [STARTED, channel(1, TASKS), take(1, 1021, 1060), take(1, 1060, 0, STOP)]
    result = rows(found(made(main, one, two), {WORKER: 1100, OTHER: 1100}, {WORKER: 0, OTHER: 0}))
    assert [one["status"] for one in result] == ["ok", "ok"]


def test_the_last_of_so_many_is_a_task() -> None:
    """A worker that takes so many and ends has worked on the last one too, until it left its target."""
    worker = [STARTED, channel(1, TASKS), take(1, 1011, 1050), take(1, 1050, 0, (31, 2))]
    result = rows(found(made(FED[:3], worker), {WORKER: 1100}, {WORKER: 0}))
    assert [(one["status"], one["run_end"]) for one in result] == [("ok", 50), ("ok", 100)]


def test_a_killed_worker_has_lost_its_task_and_what_waits_is_unfinished() -> None:
    """Of a worker that died the last is lost; what nobody took, unfinished."""
    main = [*FED[:3], put(1, 1030, (32, 3))]
    worker = [STARTED, channel(1, TASKS), take(1, 1011, 1050), take(1, 1050, 0, (31, 2))]
    result = rows(found(made(main, worker), {}, {WORKER: -9}))
    assert [one["status"] for one in result] == ["ok", "lost", "unfinished"]
    assert result[2]["process"] is None


def test_what_somebody_else_took_is_counted() -> None:
    """A message that nobody took, and after which others were taken, was taken outside the trace."""
    messages = [(30 + n, n) for n in range(6)]
    main = [channel(1, TASKS), *(put(1, 1010 + 10 * n, message) for n, message in enumerate(messages))]
    mine = [(1100 + 10 * n, messages[n]) for n in (1, 3, 4)]
    worker = [STARTED, channel(1, TASKS), *(take(1, at, at + 10, message) for at, message in mine)]
    result = found(made(main, worker), {WORKER: 1200}, {WORKER: 0})
    assert [one["status"] for one in rows(result)] == [*("unfinished", "ok") * 2, "ok", "unfinished"]
    assert result.outside == 2  # the last may wait still
    assert found(made(main[:-1], worker), {WORKER: 1200}, {WORKER: 0}).outside == 2


def test_a_task_that_raised_is_an_error() -> None:
    """The exit code tells that what was taken last ended its worker."""
    worker = [STARTED, channel(1, TASKS), take(1, 1011, 1050), take(1, 1050, 0, (31, 2))]
    result = rows(found(made(FED[:3], worker), {WORKER: 1100}, {WORKER: 1}))
    assert [(one["status"], one["run_end"]) for one in result] == [("ok", 50), ("error", 100)]


def test_main_and_who_takes_once_are_no_workers() -> None:
    """Main collects; a process that takes one message is told something."""
    main = [channel(1, TASKS), put(1, 1010), channel(2, RESULTS), take(2, 1020, 1025), take(2, 1025)]
    child = [channel(1, TASKS), take(1, 1011, 0), channel(2, RESULTS), put(2, 1015), put(2, 1018)]
    assert rows(found(made(main, child))) == []


COLLECTING = [STARTED, channel(2, RESULTS), take(2, 1020, 1025), take(2, 1030, 1035), take(2, 1040)]
HANDS_BACK = [channel(2, RESULTS), put(2, 1015), put(2, 1025), put(2, 1035)]


def test_a_program_that_another_one_starts_collects_as_main_does() -> None:
    """Whoever feeds its queue: the first process of a program hands tasks out, and takes results."""
    given = made([], COLLECTING, HANDS_BACK)
    assert len(rows(found(given, {}, {WORKER: 1}))) == 3
    given.identities[WORKER]["role"] = schema.SUBPROCESS
    assert rows(found(given, {}, {WORKER: 1})) == []


def test_what_only_its_own_children_put_is_no_task_of_a_process() -> None:
    """A coordinator collects their results; what its parent hands it are tasks all the same."""
    inner = [STARTED, channel(1, TASKS), channel(2, RESULTS), take(1, 1011, 1050)]
    inner += [*COLLECTING[2:], take(1, 1050, 1090, (31, 2)), take(1, 1090, 0, NONE)]
    given = made(FED, inner, HANDS_BACK)
    assert len(rows(found(given, {WORKER: 1100}, {WORKER: 0}))) == 5
    given.identities[OTHER]["ppid"] = 100 + WORKER
    result = rows(found(given, {WORKER: 1100}, {WORKER: 0}))
    assert [(one["submitted"], one["run_end"], one["status"]) for one in result] == [
        (10, 50, "ok"),
        (20, 90, "ok"),
    ]


def test_what_others_than_its_children_put_too_are_tasks() -> None:
    """A worker whose own child puts more work into the queue that main feeds is a worker."""
    given = made(FED, LOOP, [channel(1, TASKS), put(1, 1035)])
    given.identities[OTHER]["ppid"] = 100 + WORKER
    assert [one["status"] for one in rows(found(given, {WORKER: 1100}, {WORKER: 0}))][:2] == ["ok", "ok"]


def test_a_claimed_queue_has_no_tasks() -> None:
    """What serves a library is left to the library's own hooks."""
    assert rows(found(made([*FED, (CLAIM, TASKS)], LOOP), {WORKER: 1100}, {WORKER: 0})) == []


def test_a_record_that_is_missing_shifts_nothing() -> None:
    """Messages are told by their bytes where one of them was put or taken by somebody who is not traced."""
    sizes = [(30 + n, n) for n in range(8)]
    main = [channel(1, TASKS), *(put(1, 1010 + 10 * n, size) for n, size in enumerate(sizes))]
    took = [size for size in sizes if size != (33, 3)]
    worker = [STARTED, channel(1, TASKS)]
    worker += [take(1, 1100 + 10 * n, 1110 + 10 * n, size) for n, size in enumerate(took)]
    messages = read_messages(made(main, worker))
    assert [messages.puts.word(5)[at] for at in messages.taken.tolist()] == [size for size, _ in took]
    unknown = found(made([channel(1, TASKS), *main[3:]], worker), {WORKER: 1300}, {WORKER: 0})
    assert unknown.unsent == 2


def test_messages_that_were_only_counted_keep_the_numbers() -> None:
    """Where one process puts and one takes, counts stand for the messages without stamps."""
    skipped = by(1, SKIPPED, 1020, 3)
    main = [channel(1, TASKS), put(1, 1010), skipped, put(1, 1050, (35, 2))]
    gone = by(1, SKIPPED, 1020, 2, status=1)
    worker = [STARTED, channel(1, TASKS), take(1, 1011, 1012), take(1, 1016, 1017), gone]
    worker += [take(1, 1060, 1070, (35, 2))]
    messages = read_messages(made(main, worker))
    assert messages.taken.tolist() == [0, -1, 1]
    assert messages.skipped.tolist() == [3]


def test_ends_of_a_pipe_read_what_the_other_writes() -> None:
    """A pipe that goes both ways is two streams, and no queue: requests are no tasks."""
    here, there = 501, 502
    main = [(PIPE, here, there), channel(1, here, 3, is_pipe=True), put(1, 1010), put(1, 1100)]
    main += [take(1, 1045, 0, (20, 3)), take(1, 1145, 0, (20, 3))]
    worker = [
        STARTED,
        channel(1, there, 3, is_pipe=True),
        take(1, 1011, 1060),
        put(1, 1041, (20, 3), tid=101),
    ]
    worker += [take(1, 1101, 1160), put(1, 1141, (20, 3), tid=101)]
    recorded = made(main, worker)
    messages = read_messages(recorded)
    streams = set(zip(messages.put_to[messages.taken], messages.taken_from, strict=True))
    assert sorted(streams) == [(0, 0), (1, 1)]
    assert sorted(messages.taken) == [0, 1, 2, 3]
    assert rows(found(recorded, {WORKER: 1200}, {WORKER: 0})) == []


def test_a_queue_is_one_whatever_its_class_is_called() -> None:
    """A class of the program's own may be called ConnectionQueue: what it holds are tasks."""
    given = made(FED, LOOP)
    given.names |= {(process, 1): "ConnectionQueue" for process in (MAIN, WORKER)}
    assert len(rows(found(given, {WORKER: 1100}, {WORKER: 0}))) == 2


def test_servers_of_one_function_are_one_pool() -> None:
    """Queues whose workers do the same at the same time are one pool; a later stage is another."""
    main = [channel(n, TASKS + n) for n in (1, 2)] + [put(1, 1010), put(1, 1012), put(2, 1011), put(2, 1013)]
    one = [STARTED, channel(1, TASKS + 1), take(1, 1020, 1050), take(1, 1050, 1060)]
    two = [STARTED, channel(1, TASKS + 2), take(1, 1021, 1051), take(1, 1051, 1061)]
    result = rows(found(made(main, one, two)))
    assert {row["pool"] for row in result} == {1}


def test_none_is_known_by_its_bytes() -> None:
    """A pickled None is known whatever the protocol, and nothing else is taken for it."""
    import pickle

    for protocol in (3, 4, 5):
        text = pickle.dumps(None, protocol)
        mark = mark_of(text, len(text))
        assert is_none(np.array([len(text)]), np.array([mark])).all()
    for value in (0, "", True, (), b"", 78):
        text = pickle.dumps(value)
        mark = mark_of(text, len(text))
        assert not is_none(np.array([len(text)]), np.array([mark])).any()


def test_a_thread_that_takes_from_two_queues_has_one_run_at_a_time() -> None:
    """A run ends where its thread asks any of its queues for the next message; the queues are one pool."""
    main = [channel(1, TASKS), channel(2, RESULTS)]
    main += [put(1, 1010), put(1, 1011), put(2, 1012, (31, 2)), put(2, 1013, (31, 2))]
    worker = [STARTED, channel(1, TASKS), channel(2, RESULTS)]
    worker += [take(1, 1020, 1060), take(2, 1030, 1070, (31, 2)), take(1, 1060), take(2, 1070, 0, (31, 2))]
    result = rows(found(made(main, worker), {WORKER: 1100}, {WORKER: 0}))
    runs = sorted((one["run_start"], one["run_end"]) for one in result)
    assert runs == [(23, 30), (33, 60), (63, 70), (73, 100)]
    assert ({one["status"] for one in result}, {one["pool"] for one in result}) == ({"ok"}, {1})


def test_a_pool_s_thread_has_no_tasks_of_queues() -> None:
    """What a pool's task takes from a queue is part of that task."""
    given = made(FED, LOOP)
    processes = definitions.PROCESSES.from_rows([{"process": n, "pid": 100 + n} for n in range(2)])
    pooled = definitions.TASKS.from_rows([{"process": WORKER, "worker_tid": 101}])
    ended = np.zeros(2, np.bool_)
    messages = read_messages(given)
    assert len(read_queue_tasks(given, messages, ORIGIN, processes, ended, 1, pooled).tasks) == 0
    assert len(read_queue_tasks(given, messages, ORIGIN, processes, ended, 1).tasks) == 2
