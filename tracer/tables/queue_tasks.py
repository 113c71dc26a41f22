"""Tasks of hand-written workers: what a process took from one queue again and again.

    producer   put ─ submitted ─ pickled ─ sent
    worker         get ─ received ─ run_start ─ … ─ run_end: it puts a result, or comes back for the next
    consumer                                               get ─ result_received

A process is a worker where it came back at least once, and is not the first of a program (that one collects
results) nor a worker of a pool. What only its own children put it collects, too. The None that ends the loop,
or what else the workers end with, is no task. Nor is what comes over a pipe alone: a server there answers
whoever holds the other end. And what a library's own process takes is its business: tasks are what its hooks
tell of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.record import schema
from tracer.record.kinds import MANAGER, QUEUE
from tracer.tables import definitions
from tracer.tables.columns import Column, Integers, texts
from tracer.tables.journals import Journals
from tracer.tables.labels import labels_of_messages
from tracer.tables.messages import Mask, Messages, is_none
from tracer.tables.queue_groups import pools_of, sentinels
from tracer.tables.queue_workers import fed_by_children, last_put, parents, returned, targets
from tracer.tables.statuses import ERROR, LOST, OK, STATUSES, UNFINISHED, UNPICKLABLE

_NO_WORKERS = {"main", schema.SUBPROCESS, MANAGER, "worker"}
_AFTERWARDS = 0.1
_AFTERWARDS_NS = 100_000
"""A result put so close to the end of a run, or in so small a part of it, is what the run was for."""


@dataclass(frozen=True)
class Found:
    """The rows to add to the table of tasks, and who ran them.

    `unsent` of the tasks have no known sender; `outside` were taken by nobody that is traced.
    """

    tasks: pd.DataFrame
    workers: Integers
    unsent: int
    outside: int


def read_queue_tasks(
    journals: Journals,
    messages: Messages,
    origin: int,
    processes: pd.DataFrame,
    ended: NDArray[np.bool_],
    first_pool: int,
    others: pd.DataFrame | None = None,
) -> Found:
    """Return the tasks of queues; their pools are numbered from `first_pool` on.

    `processes` is that table, its rows in the order of `journals.identities` first; `ended` tells of each
    identity whether its process was seen to end. A thread that runs tasks of a pool (`others`, a table of
    tasks) has none of a queue's: it takes from it within them.
    """
    return _Join(journals, messages, origin, processes, ended, others).found(first_pool)


def with_queues(tasks: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the tasks of queues after the others."""
    if not len(more):
        return tasks
    more = more.assign(task=pd.array(np.arange(len(tasks) + 1, len(tasks) + len(more) + 1), "Int64"))
    return pd.concat([tasks, more], ignore_index=True) if len(tasks) else more


def _threads(tasks: pd.DataFrame) -> Integers:
    columns = (tasks[name].to_numpy(np.int64, na_value=0) for name in ("process", "worker_tid"))
    process, tid = columns
    return np.unique(process << 32 | tid)


class _Join:
    def __init__(
        self,
        journals: Journals,
        messages: Messages,
        origin: int,
        processes: pd.DataFrame,
        ended: NDArray[np.bool_],
        others: pd.DataFrame | None,
    ) -> None:
        self.journals, self.messages, self.origin = journals, messages, origin
        self.processes, self.ended = processes, ended
        self.functions = targets(journals)
        self.labels = labels_of_messages(journals, messages)
        takes = messages.takes
        people = journals.identities
        may = np.array(
            [one.get("role") not in _NO_WORKERS and not one.get("library") for one in people], np.bool_
        )
        known = messages.taken_from >= 0
        known &= ~np.append(messages.claimed | messages.over_a_pipe[:-1], True)[messages.taken_from]
        mine = np.flatnonzero(known & may[takes.process]) if len(takes) else np.empty(0, np.int64)
        if others is not None and len(others) and len(mine):
            number = processes["process"].to_numpy(np.int64)
            mine = mine[~np.isin(number[takes.process[mine]] << 32 | takes.tid[mine], _threads(others))]
        if len(mine):
            collected = fed_by_children(messages, journals, takes.process[mine], messages.taken_from[mine])
            mine = mine[~collected]
        thread = (takes.process.astype(np.int64) << 32 | takes.tid)[mine]
        stream = messages.taken_from[mine]
        order = np.lexsort((takes.word(1)[mine], thread, stream))
        self.at, self.stream, self.thread = mine[order], stream[order], thread[order]
        self._keep_workers()

    def _keep_workers(self) -> None:
        """Leave out streams from which nobody took twice; note the last that each worker took."""
        opens = np.ones(len(self.at), np.bool_)
        opens[1:] = (self.stream[1:] != self.stream[:-1]) | (self.thread[1:] != self.thread[:-1])
        again = np.unique(self.stream[~opens])
        keep = np.isin(self.stream, again)
        self.at, self.stream, self.thread = self.at[keep], self.stream[keep], self.thread[keep]
        self.last = np.append(opens[keep][1:], True)[: len(self.at)]

    def found(self, first_pool: int) -> Found:
        """Put the rows together."""
        takes, messages = self.messages.takes, self.messages
        self.process = takes.process[self.at].astype(np.int64)
        self.start = takes.word(3)[self.at]
        self.end = self._ends()
        self._end_at_the_next()
        result = last_put(messages, self.thread, self.stream, self.start, self.end)
        ended_well = (takes.word(4)[self.at] == 0) & (self.end > 0)
        none = is_none(takes.word(5)[self.at], takes.word(6)[self.at])
        key = messages.take_key[self.at]
        ends = sentinels(
            self.stream,
            self.thread,
            key,
            self.last & ended_well & (self._code() <= 0),
            none,
            result >= 0,
            self.end - self.start,
        )
        keep = ~(none | ends)
        ending = np.unique(np.stack([self.stream[ends], key[ends]]), axis=1)
        for name in ("at", "stream", "thread", "last", "process", "start", "end"):
            setattr(self, name, getattr(self, name)[keep])
        result = result[keep]
        waiting = self._waiting(ending)
        fed = np.append(messages.put_to, -1)[result]
        pool = pools_of(
            self.stream, self.thread, self.process, self.start, fed, self.functions, parents(self.journals)
        )
        by_stream = dict(zip(self.stream.tolist(), pool.tolist(), strict=True))
        frame = self._frame(result, pool + first_pool)
        more = self._frame_waiting(
            waiting, [by_stream[s] + first_pool for s in messages.put_to[waiting].tolist()]
        )
        whole = np.append(messages.skipped, 0)[self.stream] == 0
        unsent = int(((messages.taken[self.at] < 0) & whole).sum())
        every = pd.concat([frame, more], ignore_index=True) if len(more) else frame
        every = every.sort_values("submitted", kind="stable", ignore_index=True)
        return Found(every, np.unique(self.process), unsent, self._taken_outside(waiting))

    def _code(self) -> Integers:
        """Return the exit code of each row's process, 0 where it is not known."""
        return self.processes["exitcode"].to_numpy(np.int64, na_value=0)[self.process]

    def _ends(self) -> Integers:
        """Return when each run ended: the thread came back, or its process's target was left; 0: never."""
        late = self.messages.takes.word(4)[self.at]
        left = self.processes["target_end"].to_numpy(np.int64, na_value=0)
        left = np.where(self.processes["target_end"].isna(), 0, left + self.origin)[self.process]
        return np.where((late == 0) & self.last, np.where(left > self.start, left, 0), late)

    def _end_at_the_next(self) -> None:
        """End each run where its thread comes for the next message of any of its queues."""
        takes = self.messages.takes
        order = np.lexsort((self.start, self.thread))
        order = order[self.start[order] > 0]
        row, after = order[:-1], order[1:]
        same = self.thread[row] == self.thread[after]
        row, after = row[same], after[same]
        wait, came = takes.word(0)[self.at[after]], takes.word(2)[self.at[after]]
        until = np.where(wait >= self.start[row], wait, came)  # it may have asked there long before
        self.end[row] = np.where(self.end[row] > 0, np.minimum(self.end[row], until), until)

    def _waiting(self, ending: NDArray[np.int64]) -> Integers:
        """Return the messages that nobody took, of the streams that have workers; not those that end one."""
        messages, puts = self.messages, self.messages.puts
        taken = np.zeros(len(puts), np.bool_)
        taken[messages.taken[messages.taken >= 0]] = True
        left = ~taken & np.isin(messages.put_to, np.unique(self.stream))
        left &= np.append(messages.skipped, 0)[messages.put_to] == 0  # else it may have been taken
        left &= ~is_none(puts.word(5), puts.word(6) >> schema.MARK_SHIFT)
        key = messages.put_key
        for stream, ended_by in ending.T.tolist():
            left &= ~((messages.put_to == stream) & (key == ended_by))
        return np.flatnonzero(left)

    def _taken_outside(self, waiting: Integers) -> int:
        """Count what somebody else must have taken, of the messages that nobody took: later ones were."""
        messages, sent = self.messages, self.messages.puts.word(4)
        known = messages.taken[messages.taken >= 0]
        last = np.zeros(len(messages.skipped) + 1, np.int64)
        np.maximum.at(last, messages.put_to[known], sent[known])
        return int(((sent[waiting] > 0) & (sent[waiting] < last[messages.put_to[waiting]])).sum())

    def _stamp(self, columns: dict[str, Column], name: str, values: Integers, known: Mask) -> None:
        columns[name] = Column(len(values)).put(slice(None), values - self.origin, known)

    def _frame(self, result: Integers, pool: Integers) -> pd.DataFrame:
        """Return the rows of what was taken."""
        messages, takes = self.messages, self.messages.takes
        at, count = self.at, len(self.at)
        columns: dict[str, Column] = {}
        for name, word in (("wait_start", 0), ("lock_acquired", 1), ("received", 2), ("run_start", 3)):
            self._stamp(columns, name, takes.word(word)[at], takes.word(word)[at] > 0)
        sent = messages.taken[at]
        self._sent(columns, sent, takes.word(2)[at])
        end, has = self._answered(columns, result)
        self._stamp(columns, "run_end", end, end > 0)
        status = np.full(count, OK)
        code = self._code()
        status[end == 0] = np.where(self.ended[self.process], LOST, UNFINISHED)[end == 0]
        status[self.last & (takes.word(4)[at] == 0) & (end > 0) & (code > 0) & ~has] = ERROR
        status[takes.status[at] == schema.UNPICKLABLE] = UNPICKLABLE
        core = takes.core[at]
        size = takes.word(5)[at]
        columns["args_bytes"] = Column(count).put(slice(None), size, ~messages.managed[self.stream])
        plain = {
            "worker_tid": takes.tid[at],
            "process": self.processes["process"].to_numpy(np.int64)[self.process],
            "worker_pid": self.processes["pid"].to_numpy(np.int64, na_value=0)[self.process],
            "pool": pool,
            "items": np.ones(count, np.int64),
        }
        for name, values in plain.items():
            columns[name] = Column(count).put(slice(None), values)
        columns["core_start"] = Column(count).put(slice(None), core, core >= 0)
        names = np.array(self.functions, object)
        everywhere = np.zeros(count, np.int64)
        return definitions.TASKS.frame(
            {name: column.array() for name, column in columns.items()}
            | {
                "kind": texts(everywhere, np.array([QUEUE], object)),
                "status": texts(status, STATUSES),
                "function": texts(self.process, names),
                "label": self._label(sent),
                "host": texts(self.process, self.processes["host"].to_numpy(object)),
            }
        )

    def _label(self, put: Integers) -> pd.api.extensions.ExtensionArray:
        """Return what was put, by its place in `puts` (-1: not known)."""
        code, names = self.labels
        return texts(np.append(code, -1)[put], names)

    def _sent(self, columns: dict[str, Column], sent: Integers, received: Integers) -> None:
        """What the producer's end says; where it is not known, the task was there when it was received."""
        puts, known = self.messages.puts, sent >= 0
        if not len(puts):
            self._stamp(columns, "submitted", received, received > 0)
            return
        at = np.maximum(sent, 0)
        self._stamp(columns, "submitted", np.where(known, puts.word(0)[at], received), received > 0)
        for name, word in (("pickle_start", 1), ("pickle_end", 2), ("sent", 4)):
            self._stamp(columns, name, puts.word(word)[at], known & (puts.word(word)[at] > 0))

    def _answered(self, columns: dict[str, Column], result: Integers) -> tuple[Integers, Mask]:
        """What became of the result; return when each run ended, and which have a result."""
        messages, puts, takes = self.messages, self.messages.puts, self.messages.takes
        has = result >= 0
        if not len(puts):
            return self.end, has
        at = np.maximum(result, 0)
        put, inline = puts.word(0)[at], puts.tid[at] == messages.putter[at]
        back = np.where(
            inline & (puts.word(4)[at] > 0), puts.word(4)[at], returned(self.journals, puts.process[at], put)
        )
        spare = np.maximum((put - self.start) * _AFTERWARDS, _AFTERWARDS_NS)
        closes = has & ((self.end == 0) | (self.end - back <= spare))
        end = np.where(closes, put, self.end)
        floor = np.where(has, np.maximum(end, 1), np.iinfo(np.int64).max)
        for name, word in (("result_pickled", 2), ("result_sent", 4)):
            self._stamp(columns, name, puts.word(word)[at], puts.word(word)[at] >= floor)
        columns["result_sent"].missing |= columns["result_pickled"].missing
        collected = np.full(len(puts), -1, np.int64)
        collected[messages.taken[messages.taken >= 0]] = np.flatnonzero(messages.taken >= 0)
        taken = collected[at]
        came, by = has & (taken >= 0), np.maximum(taken, 0)
        if len(takes):
            for name, word in (("result_received", 2), ("result_unpickled", 3), ("delivered", 3)):
                self._stamp(columns, name, takes.word(word)[by], came & (takes.word(word)[by] >= floor))
        weighed = has & ~messages.managed[messages.put_to[at]]
        columns["result_bytes"] = Column(len(at)).put(slice(None), puts.word(5)[at], weighed)
        return end, has

    def _frame_waiting(self, waiting: Integers, pool: list[int]) -> pd.DataFrame:
        """Return the rows of what was put, and never taken."""
        puts, count = self.messages.puts, len(waiting)
        columns: dict[str, Column] = {}
        for name, word in (("submitted", 0), ("pickle_start", 1), ("pickle_end", 2), ("sent", 4)):
            self._stamp(columns, name, puts.word(word)[waiting], puts.word(word)[waiting] > 0)
        size = puts.word(5)[waiting]
        columns["args_bytes"] = Column(count).put(slice(None), size, size > 0)
        columns["pool"] = Column(count).put(slice(None), np.array(pool, np.int64))
        zeros = np.zeros(count, np.int64)
        return definitions.TASKS.frame(
            {name: column.array() for name, column in columns.items()}
            | {
                "kind": texts(zeros, np.array([QUEUE], object)),
                "status": texts(
                    np.where(puts.status[waiting] == schema.UNPICKLABLE, UNPICKLABLE, UNFINISHED), STATUSES
                ),
                "label": self._label(waiting),
            }
        )
