"""The pools of a trace, and which of them a record is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.reading.columns import Integers
from tracer.reading.journals import Journals, Records
from tracer.record import schema


@dataclass(frozen=True)
class Pools:
    """The pools, numbered from 1 in the order in which they were opened; 0 is "unknown".

    `kinds` are their kinds by number ("" for 0); `of_process` gives the number by (index of a process, number
    in the commit word), where the number 0 stands for the pool that the process works for.
    """

    kinds: NDArray[np.object_]
    of_process: Integers

    def of(self, records: Records) -> Integers:
        """Return the pool of each record."""
        own = np.minimum(records.pool, self.of_process.shape[1] - 1)
        pools: Integers = self.of_process[records.process, own]
        return pools

    def works_for(self, process: Integers) -> Integers:
        """Return the pool of which each process is a worker, 0 for none; processes as in `Records`."""
        pools: Integers = self.of_process[process, 0]
        return pools

    @property
    def threaded(self) -> NDArray[np.bool_]:
        """Tell, by number, the pools whose workers are threads."""
        return np.array([kind.startswith("Thread") for kind in self.kinds])


def read_pools(journals: Journals) -> Pools:
    """Return the pools of the trace."""
    records = journals.kind(schema.POOL)
    order = np.argsort(records.word(0), kind="stable")
    kinds = ["", *(journals.name(int(records.process[i]), int(records.word(1)[i])) or "Pool" for i in order)]
    own = records.pool
    # One column more than there are numbers: for records of a pool whose own record was lost.
    of_process = np.zeros((len(journals.identities) or 1, 2 + int(own.max(initial=0))), np.int64)
    of_process[records.process[order], own[order]] = np.arange(1, len(order) + 1)
    index = {identity["process"]: place for place, identity in enumerate(journals.identities)}
    for place, identity in enumerate(journals.identities):
        owner, number = identity.get("pool") or (None, 0)
        if owner in index and 0 < number < of_process.shape[1]:
            of_process[place, 0] = of_process[index[owner], number]
    return Pools(np.array(kinds, dtype=object), of_process)
