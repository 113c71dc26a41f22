"""Tasks by their keys (pool, job, index): one integer each, and the row that it has in the table."""

from __future__ import annotations

import numpy as np

from tracer.tables.columns import Integers

_MOST_KEYS = 1 << 62
Triple = tuple[Integers, Integers, Integers]


class Keys:
    """The keys of all tasks that any record speaks of, and their rows in the order of submission.

    `sides` are (pool, job, index) of the records that name a task; `jobs` are (pool, job, submitted) of what
    was handed over; `spent` are (pool, job) of jobs that are known to have no task besides. A job of which no
    task is known (it is still in its caller's queue) has one row, unless it is among the spent.
    """

    def __init__(self, sides: list[Triple], jobs: Triple, spent: tuple[Integers, Integers]) -> None:
        numbers = [job for _, job, _ in sides] + [jobs[1], spent[1]]
        owners = [pool for pool, _, _ in sides] + [jobs[0], spent[0]]
        pools = 1 + max(int(pool.max(initial=0)) for pool in owners)
        self._jobs_span = 1 + max(int(job.max(initial=0)) for job in numbers)
        self._span = 1 + max(int(index.max(initial=0)) for *_, index in sides)
        self._jobs: Integers | None = None
        if pools * self._jobs_span * self._span > _MOST_KEYS:  # jobs are numbered one by one: these were not
            self._jobs = np.unique(np.concatenate(numbers))
            self._jobs_span = len(self._jobs) + 1
        self._sorted = np.empty(0, np.int64)
        for side in sides:
            self._add(self.key(*side))
        handed = self.job(jobs[0], jobs[1])
        unknown = np.isin(handed, self._sorted // self._span, invert=True)
        self._add(np.setdiff1d(handed[unknown], self.job(*spent)) * self._span)
        self._number_in_order(handed, jobs[2])

    def _add(self, keys: Integers) -> None:
        """Take in more keys; nothing is sorted where they come in order, or are known already."""
        if len(self._sorted):
            at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
            keys = keys[self._sorted[at] != keys]
        if len(keys):
            in_order = len(self._sorted) == 0 and bool(np.all(keys[1:] > keys[:-1]))
            self._sorted = keys if in_order else np.union1d(self._sorted, keys)

    def _number_in_order(self, handed: Integers, submitted: Integers) -> None:
        """Give each key its row: as its job was handed over, then in the order of the job's chunks."""
        latest = np.iinfo(np.int64).max
        by_job = np.argsort(handed, kind="stable")
        at = np.minimum(np.searchsorted(handed[by_job], self._sorted // self._span), max(len(handed) - 1, 0))
        self.submit = np.full(len(self), -1, np.int64)
        if len(handed):
            place = by_job[at]
            self.submit = np.where(handed[place] == self._sorted // self._span, place, -1)
        when = np.where(self.submit >= 0, submitted[self.submit], latest) if len(handed) else self.submit
        order = np.argsort(when, kind="stable")
        self._row = np.empty(len(self), np.int64)
        self._row[order] = np.arange(len(self))
        self.all, self.submit = self._sorted[order], self.submit[order]

    def __len__(self) -> int:
        return len(self._sorted)

    def job(self, pool: Integers, job: Integers) -> Integers:
        """Return one integer for each (pool, job)."""
        if self._jobs is not None:
            at = np.minimum(np.searchsorted(self._jobs, job), len(self._jobs) - 1)
            job = np.where(self._jobs[at] == job, at, len(self._jobs))
        return pool * self._jobs_span + job

    def key(self, pool: Integers, job: Integers, index: Integers) -> Integers:
        """Return one integer for each (pool, job, index)."""
        return self.job(pool, job) * self._span + index

    def of_jobs(self, pool: Integers, job: Integers) -> Integers:
        """Return for each row the place of its job among these, -1 where it is not there."""
        handed = self.job(pool, job)
        order = np.argsort(handed, kind="stable")
        wanted = self.all // self._span
        at = np.minimum(np.searchsorted(handed[order], wanted), len(handed) - 1)
        return np.where(handed[order][at] == wanted, order[at], -1)

    def rows(self, pool: Integers, job: Integers, index: Integers) -> Integers:
        """Return the rows of keys; only keys of the sides that this was made of may be asked for."""
        return self._row[np.searchsorted(self._sorted, self.key(pool, job, index))]

    def find(self, pool: Integers, job: Integers, index: Integers) -> Integers:
        """Return the rows of keys, -1 of those that are not there."""
        if not len(self):
            return np.full(len(pool), -1, np.int64)
        key = self.key(pool, job, index)
        at = np.minimum(np.searchsorted(self._sorted, key), len(self) - 1)
        fits = (index < self._span) & ((self._jobs is not None) | (job < self._jobs_span))
        return np.where(fits & (self._sorted[at] == key), self._row[at], -1)

    @property
    def pools(self) -> Integers:
        """The pool of each row."""
        return self.all // (self._span * self._jobs_span)
