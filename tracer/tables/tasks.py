"""Records of both ends of the pools → the tables of tasks and items.

owner    SUBMIT (job) ─ DISPATCH (job, index) ─ … ─ RESULT (job, index)        joined on
         HAND_OVER (job) is both in one                                        (pool, job, index)
worker                     BEGIN (job, index) ─ ITEM … ─ DONE
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.record import schema
from tracer.record.kinds import RERAISES
from tracer.tables import definitions
from tracer.tables.columns import Column, Integers, texts
from tracer.tables.items import Places, read_items
from tracer.tables.journals import Journals, Records
from tracer.tables.labels import Labels
from tracer.tables.pools import Pools
from tracer.tables.statuses import STATUSES, Evidence
from tracer.tables.task_keys import Keys
from tracer.tables.unread import unread_results, unread_tasks

_NAME_BITS = (1 << schema.NAME_SHIFT) - 1


def read_tasks(
    journals: Journals, pools: Pools, origin: int, processes: pd.DataFrame, ended: NDArray[np.bool_]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `tasks` and `items`.

    `processes` is that table, its rows in the order of `journals.identities` first; `ended` tells of each
    identity whether its process was seen to end. The records are released as they are read.
    """
    return _Join(journals, pools, origin, processes, ended).tables()


class _Join:
    """The tables in the making; each method takes in the records of one kind."""

    def __init__(
        self,
        journals: Journals,
        pools: Pools,
        origin: int,
        processes: pd.DataFrame,
        ended: NDArray[np.bool_],
    ) -> None:
        self.journals, self.pools, self.origin = journals, pools, origin
        self.processes, self.ended = processes, ended
        self.begins = journals.kind(schema.BEGIN)
        # What arrived but could not be unpickled has no number: nobody knows which task it was.
        self.numbered = self.begins.word(0) >= 0
        results = journals.kind(schema.RESULT)
        self.results = results.where(results.word(0) >= 0)
        self.unread = results.where(results.word(0) < 0)  # the owner could not unpickle them
        self.hand_overs = journals.kind(schema.HAND_OVER)
        self.submits = journals.kind(schema.SUBMIT)
        self.keys = self._keys()
        self.labels = Labels(journals, pools, self.keys)
        length = len(self.keys)
        self.columns: dict[str, Column] = {}
        self.texts: dict[str, pd.api.extensions.ExtensionArray] = {}
        self.done = np.full(length, -1, np.int64)
        self.unpicklable = np.zeros(length, np.bool_)
        self.worker = np.full(length, -1, np.int64)  # an index of journals.identities
        self.thread_ended = np.zeros(length, np.bool_)  # the thread that began it, and no other task
        self.went_on = np.zeros(length + 1, np.bool_)  # its worker began another; the last is for "none"

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Take in everything; return the tables."""
        self._submitted()
        self._dispatched()
        self._begun()
        items = self._finished()
        self._answered()
        unreadable = self._arrived_in_vain() | self._came_back_in_vain()
        self._workers()
        number = Column(len(self.keys)).put(slice(None), np.arange(1, len(self.keys) + 1))
        self._column("pool").put(slice(None), self.keys.pools)
        status = texts(self._status(unreadable), STATUSES)
        columns = {name: column.array() for name, column in self.columns.items()}
        kind = texts(self.keys.pools, self.pools.kinds)
        frame = definitions.TASKS.frame(
            {
                **columns,
                **self.texts,
                "kind": kind,
                "status": status,
                "label": self.labels.of_tasks(),
                "task": number.array(),
            }
        )
        return frame, items

    def _keys(self) -> Keys:
        journals, pools = self.journals, self.pools
        sends, results, answers = journals.kind(schema.DISPATCH), self.results, journals.kind(schema.ANSWER)
        spent = journals.kind(schema.EXHAUSTED)
        zeros = np.zeros(len(self.hand_overs), np.int64)
        sides = [
            (pools.of(sends), sends.word(0), sends.word(1)),
            (pools.of(self.hand_overs), self.hand_overs.word(0), zeros),
            tuple(side[self.numbered] for side in self._task_of(self.begins)),
            self._task_of(results),
            self._task_of(answers),
        ]
        jobs = (
            np.concatenate([pools.of(self.submits), pools.of(self.hand_overs)]),
            np.concatenate([self.submits.word(0), self.hand_overs.word(0)]),
            np.concatenate([self.submits.word(1), self.hand_overs.word(1)]),
        )
        return Keys(sides, jobs, (pools.of(spent), spent.word(0)))  # type: ignore[arg-type]

    def _task_of(self, records: Records) -> tuple[Integers, Integers, Integers]:
        return self.pools.of(records), records.word(0), records.word(1)

    def _column(self, name: str) -> Column:
        return self.columns.setdefault(name, Column(len(self.keys)))

    def _stamp(self, name: str, rows: Integers, words: Integers) -> None:
        """Put stamps into a column of times; a stamp of 0 was not taken."""
        self._column(name).put(rows, words - self.origin, words != 0)

    def _put_cores(self, name: str, rows: Integers, cores: Integers) -> None:
        self._column(name).put(rows, cores, cores >= 0)

    def _submitted(self) -> None:
        """SUBMIT and the first half of HAND_OVER: what was handed over, by the job."""
        submits, both = self.submits, self.hand_overs
        has = self.keys.submit >= 0
        place = self.keys.submit[has]
        when = np.concatenate([submits.word(1), both.word(1)])
        items = np.concatenate([submits.word(3), both.word(6) & _NAME_BITS])
        self._stamp("submitted", np.flatnonzero(has), when[place])
        self._column("items").put(np.flatnonzero(has), items[place], items[place] > 0)
        process = np.concatenate([submits.process, both.process])
        codes, names = self.journals.names_of(
            process, np.concatenate([submits.word(2), both.word(6) >> schema.NAME_SHIFT])
        )
        function = np.full(len(self.keys), -1, np.int64)
        function[has] = codes[place]
        self.texts["function"] = texts(function, names)
        awaited = self.journals.kind(schema.AWAITED)
        if len(awaited):
            codes, names = self.journals.names_of(awaited.process, awaited.word(1))
            place = self.keys.of_jobs(self.pools.of(awaited), awaited.word(0))
            self.texts["submitter"] = texts(np.append(codes, -1)[place], names)

    def _dispatched(self) -> None:
        """DISPATCH and the rest of HAND_OVER: pickled and written, in the owner's hidden threads."""
        sends, both = self.journals.kind(schema.DISPATCH), self.hand_overs
        zeros = np.zeros(len(both), np.int64)
        for records, rows in (
            (sends, self.keys.rows(*self._task_of(sends))),
            (both, self.keys.rows(self.pools.of(both), both.word(0), zeros)),
        ):
            for name, word in (("pickle_start", 2), ("pickle_end", 3), ("sent", 4)):
                self._stamp(name, rows, records.word(word))
            self._column("args_bytes").put(rows, records.word(5), records.word(3) > 0)
            self.unpicklable[rows] = records.status == schema.UNPICKLABLE
        self.journals.release(schema.DISPATCH, schema.HAND_OVER)
        self.hand_overs = self.journals.kind(schema.HAND_OVER)

    def _begun(self) -> None:
        """BEGIN: received by a worker."""
        begins, numbered = self.begins, self.numbered
        rows = self.keys.rows(*(side[numbered] for side in self._task_of(begins)))
        for name, word in (("wait_start", 2), ("lock_acquired", 3), ("received", 4), ("run_start", 5)):
            self._stamp(name, rows, begins.word(word)[numbered])
        items = begins.word(6)[numbered]
        raising = items == schema.NO_ITEM
        items = np.where(raising, 1, items)
        counted = items > 0
        self._column("items").put(rows[counted], items[counted])
        if raising.any():
            self.texts["function"][rows[raising]] = RERAISES
        self._put_cores("core_start", rows, begins.core[numbered])
        self.worker[rows] = begins.process[numbered]
        self._column("worker_tid").put(rows, begins.tid[numbered])
        self.row_of_begin = np.full(len(begins) + 1, -1, np.int64)  # the last is for -1, "none"
        self.row_of_begin[:-1][numbered] = rows
        order = np.lexsort((begins.order, begins.journal))
        followed = order[:-1][begins.journal[order][1:] == begins.journal[order][:-1]]
        self.went_on[self.row_of_begin[followed]] = True
        self._ended_threads(rows)

    def _ended_threads(self, rows: Integers) -> None:
        """THREAD_END: of a thread that had begun one of these tasks, and not ended it, that task ended it."""
        ends, begins = self.journals.kind(schema.THREAD_END), self.begins
        last = np.full(max(ends.journal.max(initial=0), begins.journal.max(initial=0)) + 1, -1, np.int64)
        np.maximum.at(last, ends.journal, ends.order)
        over = (last[begins.journal] > begins.order)[self.numbered]
        self.thread_ended[rows[over]] = True

    def _arrived_in_vain(self) -> NDArray[np.bool_]:
        """Find the tasks that arrived at a worker that never knew which they were.

        Those that could not be unpickled are returned, as a mask; of all that the worker died of, the worker
        is noted.
        """
        unread = self.begins.where(~self.numbered)
        held = [one for one in self.journals.held if self.ended[one.process]]
        who = np.append(unread.process, [one.process for one in held]).astype(np.int64)
        tids = np.append(unread.tid, [one.tid for one in held]).astype(np.int64)
        received = np.append(unread.word(4), [one.received for one in held]).astype(np.int64)
        came_back = ~self.columns["result_received"].missing
        waiting = (self.worker < 0) & ~self.columns["sent"].missing & ~self.unpicklable & ~came_back
        sent = self.columns["sent"].values
        rows, places = unread_tasks(self.pools.works_for[who], received, self.keys.pools, sent, waiting)
        died = self.ended[who[places]]
        at, ended = rows[died], places[died]
        self.worker[at] = who[ended]
        self._stamp("received", at, received[ended])
        self._column("worker_tid").put(at, tids[ended])
        found = np.zeros(len(self.keys), np.bool_)
        found[rows[places < len(unread)]] = True
        return found

    def _came_back_in_vain(self) -> NDArray[np.bool_]:
        """Find the tasks whose result arrived, and could not be unpickled."""
        found = np.zeros(len(self.keys), np.bool_)
        if len(self.unread):
            rows, places = unread_results(
                self.pools.of(self.unread), self.unread.word(6), self.keys.pools, self.columns
            )
            found[rows] = True
            self._stamp("result_received", rows, self.unread.word(2)[places])
        return found

    def _workers(self) -> None:
        """Say of each task who ran it."""
        known = np.flatnonzero(self.worker >= 0)
        for name, source in (("process", "process"), ("worker_pid", "pid")):
            numbers = self.processes[source].to_numpy(np.int64, na_value=0)
            self._column(name).put(known, numbers[self.worker[known]])
        self.texts["host"] = texts(self.worker, self.processes["host"].to_numpy(object))

    def _finished(self) -> pd.DataFrame:
        """DONE: the function has returned, the result is pickled. Returns the table of ITEMs."""
        dones = self.journals.kind(schema.DONE)
        place = Places(self.begins)
        row = self.row_of_begin[place.last_before(dones)]
        ok = row >= 0
        ok[np.flatnonzero(ok)[self._superseded(row[ok], dones.word(2)[ok])]] = False
        rows = row[ok]
        for name, word in (("run_end", 0), ("result_pickled", 1), ("result_sent", 2)):
            self._stamp(name, rows, dones.word(word)[ok])
        # Where another thread sends the results, it says how large they were.
        piped = ~self.pools.threaded[self.keys.pools[rows]] & (dones.word(1)[ok] > 0)
        self._column("result_bytes").put(rows[piped], dones.word(3)[ok][piped])
        for name, word in (("cpu_ns", 4), ("runq_ns", 5)):
            values = dones.word(word)[ok]
            self._column(name).put(rows, values - 1, values > 0)
        self._put_cores("core_end", rows, dones.core[ok])
        self.done[rows] = dones.status[ok]
        codes, names = self.journals.names_of(dones.process, dones.word(6))
        error = np.full(len(self.keys), -1, np.int64)
        error[rows] = codes[ok]
        self.texts["error"] = texts(self._given_up(error), names)
        self.journals.release(schema.DONE)
        return read_items(self.journals, place, self.row_of_begin, self.origin, self.labels)

    def _given_up(self, error: Integers) -> Integers:
        """Put in the errors with which owners answered in place of workers: those the program was given."""
        results = self.results
        told = results.word(5) > 0
        rows = self.keys.rows(*(side[told] for side in self._task_of(results)))
        codes, _ = self.journals.names_of(results.process[told], results.word(5)[told])
        error[rows] = codes
        return error

    def _superseded(self, rows: Integers, sent: Integers) -> Integers:
        """Return which DONE records do not count, where their tasks (`rows`) have several.

        A worker that is interrupted while it sends a result (by Control-C) sends a second one, the exception.
        The owner takes the first that arrives: if as many arrived as there are records, the first; else the
        first whose write is known to have returned, else the last.
        """
        count = np.bincount(rows, minlength=len(self.keys))
        if not len(rows) or count.max() == 1:
            return np.empty(0, np.int64)
        arrived = np.bincount(self.keys.rows(*self._task_of(self.results)), minlength=len(self.keys))
        several = np.flatnonzero(count[rows] > 1)
        several = several[np.argsort(rows[several], kind="stable")]
        superseded = []
        for mine in np.split(several, np.flatnonzero(np.diff(rows[several])) + 1):
            written = mine[sent[mine] != 0]
            all_came = arrived[rows[mine[0]]] >= len(mine)
            told = mine[0] if all_came else written[0] if len(written) else mine[-1]
            superseded.append(mine[mine != told])
        return np.concatenate(superseded)

    def _answered(self) -> None:
        """ANSWER: sent by another thread of the worker. RESULT: back in the owner; of several the first."""
        answers = self.journals.kind(schema.ANSWER)
        rows = self.keys.rows(*self._task_of(answers))
        for name, word in (("result_pickled", 2), ("result_sent", 3)):
            self._stamp(name, rows, answers.word(word))
        self._column("result_bytes").put(rows, answers.word(4))
        self.journals.release(schema.ANSWER)
        rows = self.keys.rows(*self._task_of(self.results))[::-1]
        for name, word in (("result_received", 2), ("result_unpickled", 3), ("delivered", 4)):
            self._stamp(name, rows, self.results.word(word)[::-1])
        del self.results
        self.journals.release(schema.RESULT)

    def _status(self, unreadable: NDArray[np.bool_]) -> Integers:
        pool, worker = self.keys.pools, self.worker
        cancels, broken = self.journals.kind(schema.CANCEL), self.journals.kind(schema.BROKEN)
        cancelled = self.keys.key(self.pools.of(cancels), cancels.word(0), np.zeros(len(cancels), np.int64))
        threaded = self.pools.threaded[pool]
        gone = np.where(threaded, self.thread_ended & (self.done < 0), np.append(self.ended, False)[worker])
        evidence = Evidence(
            done=self.done,
            begun=worker >= 0,
            worker_gone=gone,
            answered=~(self.columns["result_sent"].missing & self.columns["result_received"].missing),
            returned=self.went_on[:-1] | ~self.columns["result_received"].missing,
            dismissed=self._dismissed(),
            unpicklable=self.unpicklable,
            broken=np.isin(pool, self.pools.of(broken)),
            cancelled=np.isin(self.keys.all, cancelled),
        )
        return evidence.statuses(unreadable)

    def _dismissed(self) -> NDArray[np.bool_]:
        """Tell the tasks whose worker left as it should, with results that it had not sent."""
        code = self.processes["exitcode"].to_numpy(np.int64, na_value=-1)
        left = np.append(code[: len(self.ended)] == 0, False)[self.worker]
        return left & self.pools.aside[self.keys.pools]
