"""Steps: what lies between each node of the path and its cause, in the account's categories."""

from __future__ import annotations

import numpy as np

from tracer.analysis.account.categories import NUMBER
from tracer.analysis.columns import Booleans, Floats, Integers
from tracer.analysis.critical.causes import (
    ANSWERED,
    ASKED,
    DELIVERED,
    ENDED,
    FREE,
    PICKLED,
    STARTED,
    WRITTEN,
    Causes,
)
from tracer.analysis.critical.events import Events

Step = tuple[str, Integers, Floats]
"""Category, lanes and starts of the steps of some nodes; a start that is NaN is no step."""


class Steps:
    """The steps of the nodes on a path, back in time."""

    def __init__(self, found: Events, linked: Causes, nodes: Integers) -> None:
        self.found, self.time = found, found.time
        self.kind, self.place = nodes // linked.size, nodes % linked.size
        self.since = linked.since[nodes]
        self.cause = np.where(linked.cause[nodes] >= 0, linked.cause[nodes] // linked.size, -1)

    def back(self) -> tuple[Integers, Integers, Integers, Floats]:
        """Return lane, task (-1: none), category and start of each; it ends where the one before begins."""
        makers = (
            (DELIVERED, self._delivered),
            (ANSWERED, self._answered),
            (FREE, self._freed),
            (PICKLED, self._pickled),
            (WRITTEN, self._written),
            (ASKED, self._asked),
            (STARTED, self._asked),
            (ENDED, self._ended),
        )
        order, lanes, tasks, categories = ([np.zeros(0, np.int64)] for _ in range(4))
        starts = [np.zeros(0)]
        for kind, make in makers:
            on = np.flatnonzero(self.kind == kind)
            task = self.place[on] if kind not in (ASKED, STARTED, ENDED) else np.full(on.size, -1)
            for slot, (category, lane, start) in enumerate(make(on, self.place[on])):
                some = np.flatnonzero(~np.isnan(start))
                order.append(on[some] * 16 + slot)
                lanes.append(lane[some])
                tasks.append(task[some])
                categories.append(np.full(some.size, NUMBER[category]))
                starts.append(start[some])
        sort = np.argsort(np.concatenate(order), kind="stable")
        lane, task, number = (
            np.concatenate(part).astype(np.int64)[sort] for part in (lanes, tasks, categories)
        )
        return np.where(lane >= 0, lane, max(self.found.main, 0)), task, number, np.concatenate(starts)[sort]

    def _delivered(self, on: Integers, task: Integers) -> list[Step]:
        time, threaded = self.time, self.found.threaded[task]
        receiver, worker = self.found.receiver[task], self.found.worker[task]
        busy = self.cause[on] == DELIVERED
        received = time["result_received"][task]
        arrived = np.where(busy, self.since[on], np.fmin(time["done"][task], received))
        return [
            ("delivering", worker, _only(threaded, time["run_end"][task])),
            ("delivering", receiver, _only(~threaded, time["result_unpickled"][task])),
            ("unpickling", receiver, received),
            ("receiving", receiver, _only(~threaded, arrived)),
            ("sending", worker, _only(~busy, time["pickled"][task])),
        ]

    def _answered(self, on: Integers, task: Integers) -> list[Step]:
        time, worker, threaded = self.time, self.found.worker[task], self.found.threaded[task]
        cause, since = self.cause[on], self.since[on]
        there = np.where(np.isin(cause, (PICKLED, ASKED)), since, time["wait"][task])
        return [
            ("pickling", worker, _only(~threaded, time["run_end"][task])),
            ("running", worker, time["run_start"][task]),
            ("unpickling", worker, _only(~threaded, time["received"][task])),
            ("bookkeeping", worker, _only(threaded, time["received"][task])),
            ("receiving", worker, _only(~threaded, time["ready"][task])),
            ("lock_wait", worker, _only(~threaded, there)),
            ("starved", worker, _only(threaded, there)),
            ("bookkeeping", worker, _only(cause == FREE, since)),
            ("start_up", worker, _only(cause == STARTED, since)),
        ]

    def _freed(self, on: Integers, task: Integers) -> list[Step]:
        threaded = self.found.threaded[task]
        return [("sending", self.found.worker[task], _only(~threaded, self.time["pickled"][task]))]

    def _pickled(self, on: Integers, task: Integers) -> list[Step]:
        sender, limited = self.found.sender[task], self.found.limited[task]
        since = self.since[on]
        begun = np.fmax(since, self.found.serving[task])
        return [
            ("pickling", sender, self.time["pickle_start"][task]),
            ("producing", sender, _only(~limited, begun)),
            ("bookkeeping", sender, _only(limited, begun)),
            ("start_up", self.found.asker[task], _only(begun > since, since)),
        ]

    def _written(self, on: Integers, task: Integers) -> list[Step]:
        return [("sending", self.found.sender[task], self.time["pickle_end"][task])]

    def _asked(self, on: Integers, place: Integers) -> list[Step]:
        of_task = self.kind[on] == ASKED
        asker = np.append(self.found.asker, -1)[np.where(of_task, place, -1)]
        since = np.where(np.isnan(self.since[on]), -np.inf, self.since[on])
        return [("running", np.where(of_task, asker, self.found.main), since)]

    def _ended(self, on: Integers, lane: Integers) -> list[Step]:
        entered, left = self.found.target
        born = self.found.lanes.column("start")[lane]
        process = self.found.lanes.column("tid")[lane] < 0
        return [
            ("stopping", lane, _only(process, left[lane])),
            ("running", lane, np.where(process, entered[lane], born)),
            ("start_up", lane, _only(process, born)),
        ]


def _only(which: Booleans, start: Floats) -> Floats:
    return np.where(which, start, np.nan)
