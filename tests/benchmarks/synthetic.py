"""Journals of a run of any length, as two workers and the owner of a `Pool` would have written them.

A real run of a few tasks is the mould: who is who, names, threads, starts and ends are its. Its task records
give way to the records of simulated tasks, and what came after them comes so much later.

    task handler   pickles one task after the other, as far ahead as the pipe holds
    workers        lock ─ receive ─ run ─ pickle ─ send, each step with a scatter of its own
    result handler takes results in the order in which they were sent, one at a time
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks import kept
from tests.benchmarks.kept import Rows
from tracer.instrument.core.task_stamps import CPU_WORTH_NS
from tracer.record import collecting, schema
from tracer.record.journal import Journal

Times = NDArray[np.int64]

WORKERS = 2
_AHEAD = 1000  # tasks that fit into the pipe
_HEAD_START_NS = 5_000_000  # the workers come to their first task so much after the handler
_OF_TASKS = (schema.DISPATCH, schema.BEGIN, schema.DONE, schema.RESULT, schema.ITEM)
_TIME_WORDS = {
    schema.POOL: [0],
    schema.SUBMIT: [1],
    schema.SPAN: [0, 1],
    schema.THREAD: [0],
    schema.THREAD_END: [0],
    schema.STAGE: [1],
    schema.CHILD: [2],
}
_ROSTER_TIMES = ("started", "ended", "reaped", "exited")


@dataclass(frozen=True)
class Tasks:
    """Simulated tasks: instants in nanoseconds since the first, one row a task in the order of the queue.

    `worker` holds wait_start, lock_acquired, received, run_start, run_end, result_pickled, result_sent;
    `handler` pickle_start, pickle_end, sent; `results` received, unpickled, delivered; `who` the worker.
    """

    who: Times
    worker: Times
    handler: Times
    results: Times

    @property
    def end(self) -> int:
        """The last instant."""
        return int(max(self.worker.max(), self.results.max()))


def simulate(count: int, task_ns: int, rng: np.random.Generator) -> Tasks:
    """Return `count` tasks of about `task_ns` each."""
    per_worker = [len(part) for part in np.array_split(np.arange(count), WORKERS)]
    lives = [_worker(length, task_ns, rng) for length in per_worker]
    worker = np.concatenate(lives)
    who = np.repeat(np.arange(WORKERS), per_worker)
    order = np.argsort(worker[:, 2], kind="stable")  # the pipe keeps the order: received is the queue's
    worker, who = worker[order], who[order]
    room = np.concatenate([np.zeros(min(_AHEAD, count), np.int64), worker[: max(count - _AHEAD, 0), 2]])
    sent = _one_at_a_time(room, 3_000 + _scattered(1_500, count, rng))
    pickle_start = np.concatenate([[0], sent[:-1] + 400])
    handler = np.stack([pickle_start, pickle_start + 1_000 + _scattered(500, count, rng) // 4, sent], axis=1)
    by_result = np.argsort(worker[:, 5], kind="stable")
    service = 3_000 + _scattered(2_000, count, rng)
    delivered = _one_at_a_time(worker[by_result, 5] + 4_000, service)
    results = np.empty((count, 3), np.int64)
    results[by_result] = np.stack([delivered - 2_500, delivered - 1_200, delivered], axis=1)
    return Tasks(who, worker, handler, results)


def _worker(count: int, task_ns: int, rng: np.random.Generator) -> Times:
    """Return the instants of one worker's tasks: mean steps of an empty task as measured on two cores."""
    steps = [_scattered(mean, count, rng) for mean in (600, 6_000, 6_000, 2_000, 300, 3_000, 10_000)]
    steps[4] += (task_ns * rng.normal(1, 0.01, count)).astype(np.int64)
    steps[0][0] += _HEAD_START_NS
    return np.cumsum(np.stack(steps, axis=1).ravel()).reshape(count, len(steps))


def _scattered(mean_ns: int, count: int, rng: np.random.Generator) -> Times:
    return (rng.gamma(4, mean_ns / 4, count)).astype(np.int64) + 40


def _one_at_a_time(ready: Times, service: Times) -> Times:
    """Return when each is finished: begun once it is ready and the one before is finished (Lindley)."""
    total = np.cumsum(service)
    finished: Times = total + np.maximum.accumulate(ready + service - total)
    return finished


def build(folder: Path, count: int, task_ns: int, seed: int = 1) -> Path:
    """Make a folder of journals of `count` tasks of about `task_ns` inside `folder`; return it."""
    mould = kept.record("pool_empty", 8, folder / "mould")
    tasks = simulate(count, task_ns, np.random.default_rng(seed))
    chains = {
        stem: (paths, np.concatenate([kept.rows(path) for path in paths]))
        for stem, paths in kept.segments(mould).items()
    }
    every = np.concatenate([rows for _, rows in chains.values()])
    cast = _Cast(every, tasks, task_ns)
    target = folder / "journals"
    target.mkdir()
    workers = 0
    for stem, (paths, rows) in chains.items():
        identity = collecting.read_identity(paths[0])
        assert identity is not None
        journal = Journal(str(target / stem), identity)
        kinds = kept.kinds(rows)
        of_tasks = np.isin(kinds, _OF_TASKS)
        entered = (kinds == schema.STAGE) & (rows[:, 0] == schema.TARGET_START)
        is_worker = identity["role"] == "worker" and bool(entered.any())  # it may not have run any task
        after = of_tasks if of_tasks.any() else np.roll(entered, 1)
        at = int(np.argmax(after)) if after.any() else len(rows)
        write(journal, cast.later(rows[:at]))
        write(journal, cast.of(set(kinds[of_tasks].tolist()), workers if is_worker else -1))
        write(journal, cast.later(rows[at:][~of_tasks[at:]]))
        workers += is_worker
    if workers != WORKERS:
        raise RuntimeError(f"the mould has {workers} workers instead of {WORKERS}")
    _move_json(mould, target, cast)
    shutil.rmtree(mould.parent)
    return target


def write(journal: Journal, rows: Rows) -> None:
    """Append many records at once."""
    while len(rows):
        at = journal.at if journal.at < journal.limit else journal.grow()
        room = (len(journal.buffer) - at) // schema.RECORD_BYTES
        part = np.ascontiguousarray(rows[:room]).tobytes()
        journal.buffer[at : at + len(part)] = part
        journal.at = at + len(part)
        rows = rows[room:]


class _Cast:
    """Simulated tasks as records, with what the mould says of pool, job and time."""

    def __init__(self, every: Rows, tasks: Tasks, task_ns: int) -> None:
        kinds = kept.kinds(every)
        self._first = {kind: every[kinds == kind][0] for kind in _OF_TASKS[:4]}
        stages = every[kinds == schema.STAGE]
        entered = stages[stages[:, 0] == schema.TARGET_START, 1]
        self.begin = int(max(self._first[schema.DISPATCH][2], entered.max()))
        self.tasks, self._long = tasks, task_ns >= CPU_WORTH_NS
        number = np.arange(len(tasks.who))
        self._wider = (number > 255) + 2 * (
            number > 65_535
        )  # a pickled number, in bytes more than a small one

    def shift(self, instant: int) -> int:
        """Return an instant of the mould in the new run."""
        return instant + self.tasks.end if instant > self.begin else instant

    def later(self, rows: Rows) -> Rows:
        """Return records of the mould that are of no task, at their time in the new run."""
        rows = rows.copy()
        for kind, words in _TIME_WORDS.items():
            for word in words:
                late = (kept.kinds(rows) == kind) & (rows[:, word] > self.begin)
                rows[late, word] += self.tasks.end
        return rows

    def of(self, wanted: set[int], worker: int) -> Rows:
        """Return the records that one journal holds of the tasks."""
        if worker >= 0:
            return self._worker(np.flatnonzero(self.tasks.who == worker), worker)
        sides = [(schema.DISPATCH, self.tasks.handler), (schema.RESULT, self.tasks.results)]
        parts = [self._owner(kind, times) for kind, times in sides if kind in wanted]
        return np.concatenate(parts) if parts else np.empty((0, schema.RECORD_WORDS), np.int64)

    def _owner(self, kind: int, times: Times) -> Rows:
        rows = self._like(kind, np.arange(len(times)))
        rows[:, 2:5] = times + self.begin
        if kind == schema.DISPATCH:
            rows[:, 5] += self._wider
        return rows[np.argsort(times[:, 0], kind="stable")]

    def _worker(self, index: Times, worker: int) -> Rows:
        times = self.tasks.worker[index] + self.begin
        begun, done = self._like(schema.BEGIN, index), np.tile(self._first[schema.DONE], (len(index), 1))
        begun[:, 2:6], done[:, 0:3] = times[:, :4], times[:, 4:7]
        done[:, 3] += self._wider[index]
        if self._long:
            done[:, 4], done[:, 5] = times[:, 4] - times[:, 3] - 700, 1
        else:
            done[:, 4:6] = 0
        core = worker ^ (index // 5000 % 7 == 0)  # moved now and then
        for rows in (begun, done):
            rows[:, schema.COMMIT] &= ~(0xFFFF << schema.CORE_SHIFT)
            rows[:, schema.COMMIT] |= core << schema.CORE_SHIFT
        return np.stack([begun, done], axis=1).reshape(-1, schema.RECORD_WORDS)

    def _like(self, kind: int, index: Times) -> Rows:
        rows = np.tile(self._first[kind], (len(index), 1))
        rows[:, 1] = index
        return rows


def _move_json(mould: Path, target: Path, cast: _Cast) -> None:
    session = json.loads((mould / schema.SESSION_FILE).read_text())
    session["main_end"]["exited"] = cast.shift(session["main_end"]["exited"])
    (target / schema.SESSION_FILE).write_text(json.dumps(session))
    roster: dict[str, Any] = json.loads((mould / schema.ROSTER_FILE).read_text())
    roster["cores"] = {"source": "stamps", "why": "a synthetic trace"}
    for entry in roster["processes"]:
        entry |= {key: cast.shift(entry[key]) for key in _ROSTER_TIMES if entry.get(key) is not None}
    (target / schema.ROSTER_FILE).write_text(json.dumps(roster))
