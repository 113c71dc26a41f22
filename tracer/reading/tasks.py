"""Records of both ends of the pools → the tables of tasks and items.

owner   SUBMIT (job) ─ DISPATCH (job, index) ─ … ─ RESULT (job, index)        joined on
worker                    BEGIN (job, index) ─ ITEM … ─ DONE                  (pool, job, index)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.record import schema
from tracer.reading import tables
from tracer.reading.columns import Column, Integers, times
from tracer.reading.journals import Journals, Records, known_core

_STATUS = np.array(["ok", "error", "unpicklable"], dtype=object)
_WORKER_PHASES = (("wait_start", 2), ("lock_acquired", 3), ("received", 4), ("run_start", 5))


@dataclass(frozen=True)
class Pools:
    """The pools of the trace: `numbers` by (index of the owner, its own number), `kinds` by number."""

    numbers: dict[tuple[int, int], int]
    kinds: dict[int, str]

    def of(self, journals: Journals, records: Records) -> Integers:
        """Return the pool of each record: its own process's, or the one that its process works for."""
        codes, places = np.unique((records.process << 32) | records.pool, return_inverse=True)
        return np.array([self._one(journals, int(code)) for code in codes] or [0], np.int64)[places]

    def _one(self, journals: Journals, code: int) -> int:
        process, own = code >> 32, code & 0xFFFFFFFF
        if own:
            return self.numbers.get((process, own), 0)
        uid, number = journals.identities[process].get("pool") or (None, 0)
        owner = next((i for i, one in enumerate(journals.identities) if one["process"] == uid), -1)
        return self.numbers.get((owner, number), 0)

    def threads(self, pools: Integers) -> NDArray[np.bool_]:
        """Tell the pools of threads."""
        within = [number for number, kind in self.kinds.items() if kind.startswith("Thread")]
        return np.isin(pools, within)


def pools(journals: Journals) -> Pools:
    """Number the pools of the trace from 1, in the order in which they were opened."""
    records = journals.kind(schema.POOL)
    numbers, kinds = {}, {}
    for place, row in enumerate(np.argsort(records.word(0), kind="stable"), start=1):
        process = int(records.process[row])
        numbers[process, int(records.pool[row])] = place
        kinds[place] = journals.name(process, int(records.word(1)[row])) or "Pool"
    return Pools(numbers, kinds)


class _Keys:
    """The tasks' keys (pool, job, index) as one integer each, and where each task's row is."""

    def __init__(
        self,
        keyed: list[tuple[Integers, Integers, Integers]],
        jobs: tuple[Integers, Integers],
        spent: tuple[Integers, Integers],
    ) -> None:
        numbers = [job for _, job, _ in keyed] + [jobs[1], spent[1]]
        self._jobs_span = 1 + max((int(job.max()) for job in numbers if len(job)), default=0)
        self._span = 1 + max((int(index.max()) for *_, index in keyed if len(index)), default=0)
        known = np.unique(np.concatenate([self.key(*one) for one in keyed]))
        # Jobs of which no task is known any further (still in the caller's queue) get one row, unless it is
        # known that they had none.
        handed = np.setdiff1d(self.job(*jobs), self.job(*spent))
        silent = handed[~np.isin(handed, known // self._span)] * self._span
        self.all = np.union1d(known, silent)

    def job(self, pool: Integers, job: Integers) -> Integers:
        return pool * self._jobs_span + job

    def key(self, pool: Integers, job: Integers, index: Integers) -> Integers:
        return self.job(pool, job) * self._span + index

    def rows(self, keys: Integers) -> Integers:
        return np.searchsorted(self.all, keys)

    def split(self) -> tuple[Integers, Integers, Integers]:
        """Return the pool, the job's key and the index of each row."""
        jobs = self.all // self._span
        return jobs // self._jobs_span, jobs, self.all % self._span


def tasks(
    journals: Journals, known: Pools, origin: int, processes: pd.DataFrame, ended: NDArray[np.bool_]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `tasks` and `items`.

    `processes` is that table, its rows in the order of `journals.identities` first; `ended` tells of each
    identity whether its process was seen to end.
    """
    submits, sends = journals.kind(schema.SUBMIT), journals.kind(schema.DISPATCH)
    begins, results = journals.kind(schema.BEGIN), journals.kind(schema.RESULT)
    dones = journals.kind(schema.DONE)
    whole = begins.word(0) >= 0  # else: arrived, but could not be unpickled, so nobody knows which it was
    sides = [_keyed(journals, known, records) for records in (sends, begins, results)]
    sides[1] = tuple(side[whole] for side in sides[1])  # type: ignore[assignment]
    submit_pool = known.of(journals, submits)
    spent = journals.kind(schema.EXHAUSTED)
    keys = _Keys(sides, (submit_pool, submits.word(0)), (known.of(journals, spent), spent.word(0)))
    sent, begun, got = (keys.rows(keys.key(*side)) for side in sides)
    pool, job, _index = keys.split()
    length = len(keys.all)
    columns: dict[str, Any] = {"pool": pool}

    def column(name: str, at: Integers, values: Integers, measured: NDArray[np.bool_] | None = None) -> None:
        column = columns.get(name) or Column(length)
        columns[name] = column.put(at, values, measured)

    def stamp(name: str, at: Integers, words: Integers) -> None:
        column(name, at, *times(words, origin))

    within = known.threads(pool)
    # What was handed over
    submit_job = keys.job(submit_pool, submits.word(0))
    by_job = np.argsort(submit_job, kind="stable")
    place = np.searchsorted(submit_job[by_job], job)
    place = by_job[np.minimum(place, max(len(by_job) - 1, 0))] if len(by_job) else place
    has = submit_job[place] == job if len(by_job) else np.zeros(length, bool)
    rows = np.flatnonzero(has)
    stamp("submitted", rows, submits.word(1)[place[rows]])
    column("items", rows, submits.word(3)[place[rows]], submits.word(3)[place[rows]] > 0)
    function = np.full(length, None, dtype=object)
    function[rows] = journals.texts(submits.process, submits.word(2))[place[rows]]
    # What the owner's hidden threads did
    for name, word in (("pickle_start", 2), ("pickle_end", 3), ("sent", 4)):
        stamp(name, sent, sends.word(word))
    column("args_bytes", sent, sends.word(5), sends.word(3) > 0)
    for name, word in (("result_received", 2), ("result_unpickled", 3), ("delivered", 4)):
        stamp(name, got, results.word(word))
    # What the worker did
    ran = begins.words[whole]
    for name, word in _WORKER_PHASES:
        stamp(name, begun, ran[:, word])
    counted = ran[:, 6] > 0
    column("items", begun[counted], ran[counted, 6])
    core = begins.core[whole]
    column("core_start", begun, core, core >= 0)
    columns |= _workers(begins, whole, begun, length, processes)
    task_of_begin = np.full(len(begins) + 1, -1, np.int64)  # the last is for -1, "none"
    task_of_begin[:-1][whole] = begun
    done = task_of_begin[_last_begin(begins, dones)]
    ok = done >= 0
    dones_words, done = dones.words[ok], done[ok]
    for name, word in (("run_end", 0), ("result_pickled", 1), ("result_sent", 2)):
        stamp(name, done, dones_words[:, word])
    piped = ~within[done]
    column("result_bytes", done[piped], dones_words[piped, 3])
    for name, word in (("cpu_ns", 4), ("runq_ns", 5)):
        column(name, done, dones_words[:, word] - 1, dones_words[:, word] > 0)
    core = dones.core[ok]
    column("core_end", done, core, core >= 0)
    error = np.full(length, None, dtype=object)
    error[done] = journals.texts(dones.process, dones.word(6))[ok]

    columns = {name: value.array() if isinstance(value, Column) else value for name, value in columns.items()}
    kinds = np.array(["", *(known.kinds[number] for number in sorted(known.kinds))], dtype=object)
    status = np.full(length, "unfinished", dtype=object)
    status[done] = _STATUS[np.minimum(dones.status[ok], len(_STATUS) - 1)]
    _explain(status, journals, known, keys, pool, begun, done, begins, whole, sent, sends, ended, columns)
    columns |= {"kind": kinds[pool], "function": function, "status": status, "error": error}
    frame = tables.TASKS.frame(columns)
    order = _order(frame, keys)
    number = np.empty(length, np.int64)
    number[order] = np.arange(1, length + 1)
    frame["task"] = pd.array(number, dtype="Int64")
    items = _items(journals, begins, task_of_begin, number, origin)
    return frame.iloc[order].reset_index(drop=True), items


def _keyed(journals: Journals, known: Pools, records: Records) -> tuple[Integers, Integers, Integers]:
    return known.of(journals, records), records.word(0), records.word(1)


def _order(frame: pd.DataFrame, keys: _Keys) -> Integers:
    """Number tasks as they were handed over: by the call, then in the order of its chunks."""
    submitted = frame["submitted"].to_numpy(dtype=np.int64, na_value=np.iinfo(np.int64).max)
    return np.lexsort((keys.all, submitted))


def _last_begin(begins: Records, later: Records) -> Integers:
    """Return, for each record, the row of the last BEGIN before it in the same journal; -1 where none is.

    A journal's thread runs one task at a time, so what follows a BEGIN is that task's.
    """
    if not len(begins):
        return np.full(len(later), -1, np.int64)
    span = 1 + max(int(begins.order.max(initial=0)), int(later.order.max(initial=0)))
    begun = begins.journal * span + begins.order
    by_place = np.argsort(begun, kind="stable")
    place = np.searchsorted(begun[by_place], later.journal * span + later.order) - 1
    found = by_place[np.maximum(place, 0)]
    return np.where((place >= 0) & (begins.journal[found] == later.journal), found, -1)


def _workers(
    begins: Records, whole: NDArray[np.bool_], begun: Integers, length: int, processes: pd.DataFrame
) -> dict[str, Any]:
    """Return the columns that say who ran each task."""
    process = np.full(length, -1, np.int64)
    process[begun] = begins.process[whole]
    known = process >= 0
    number, pid = processes["process"].to_numpy(np.int64), processes["pid"].to_numpy(np.int64, na_value=0)
    host = np.array([*processes["host"], None], dtype=object)
    return {
        "process": Column(length).put(np.flatnonzero(known), number[process[known]]),
        "worker_pid": Column(length).put(np.flatnonzero(known), pid[process[known]]),
        "worker_tid": Column(length).put(begun, begins.tid[whole]),
        "host": host[process],
    }


def _explain(
    status: NDArray[np.object_],
    journals: Journals,
    known: Pools,
    keys: _Keys,
    pool: Integers,
    begun: Integers,
    done: Integers,
    begins: Records,
    whole: NDArray[np.bool_],
    sent: Integers,
    sends: Records,
    ended: NDArray[np.bool_],
    columns: dict[str, Any],
) -> None:
    """Say, in `status`, what became of the tasks that did not end in a result."""
    finished = np.zeros(len(status), bool)
    finished[done] = True
    worker_ended = np.zeros(len(status), bool)
    worker_ended[begun] = ended[begins.process[whole]] & ~known.threads(pool[begun])
    unsent = finished & worker_ended & np.asarray(pd.isna(columns["result_sent"]))
    unsent &= np.asarray(pd.isna(columns["result_received"]))
    started = np.zeros(len(status), bool)
    started[begun] = True
    status[(started & ~finished & worker_ended) | unsent] = "lost"
    failed = sends.status == schema.UNPICKLABLE
    status[sent[failed]] = "unpicklable"
    waiting = ~started & (status == "unfinished")
    _arrived_unreadable(status, waiting, known.of(journals, begins), begins, whole, pool, columns)
    waiting &= status == "unfinished"
    broken = journals.kind(schema.BROKEN)
    status[waiting & np.isin(pool, known.of(journals, broken))] = "broken"
    cancels = journals.kind(schema.CANCEL)
    cancelled = keys.key(known.of(journals, cancels), cancels.word(0), np.zeros(len(cancels), np.int64))
    status[np.isin(keys.all, cancelled)] = "cancelled"


def _arrived_unreadable(
    status: NDArray[np.object_],
    waiting: NDArray[np.bool_],
    begin_pools: Integers,
    begins: Records,
    whole: NDArray[np.bool_],
    pool: Integers,
    columns: dict[str, Any],
) -> None:
    """Name the tasks whose arguments a worker received but could not unpickle.

    The pipe keeps the order, so they are the first of their pool that were sent and never begun.
    """
    sent = columns.get("sent")
    if sent is None or whole.all():
        return
    times_sent = sent.to_numpy(dtype=np.int64, na_value=np.iinfo(np.int64).max)
    for number in np.unique(begin_pools[~whole]):
        count = int((begin_pools[~whole] == number).sum())
        queued = np.flatnonzero(waiting & (pool == number) & ~np.asarray(pd.isna(sent)))
        status[queued[np.argsort(times_sent[queued], kind="stable")][:count]] = "unpicklable"


def _items(
    journals: Journals, begins: Records, task_of_begin: Integers, number: Integers, origin: int
) -> pd.DataFrame:
    """Return the table `items`."""
    records = journals.kind(schema.ITEM)
    if not len(records):
        return tables.ITEMS.empty()
    task = task_of_begin[_last_begin(begins, records)]  # a bin takes an item only after its task
    cores = {"core_start": records.core, "core_end": known_core(records.word(3))}
    rows = np.arange(len(records))
    frame = tables.ITEMS.frame(
        {
            "task": number[task],
            "item": records.word(0),
            "start": records.word(1) - origin,
            "end": records.word(2) - origin,
            "status": _STATUS[records.status],
            **{name: Column(len(records)).put(rows, core, core >= 0).array() for name, core in cores.items()},
        }
    )
    return frame.sort_values(["task", "item"], ignore_index=True)
