"""The pools of a trace, and which of them a record is about; who owns one: `analysis.structure.pools`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.record import schema
from tracer.record.kinds import POOL, kind_of
from tracer.tables.columns import Integers
from tracer.tables.journals import Journals, Records

_OWN_BITS = 24  # of a pool in the commit word


@dataclass(frozen=True)
class Pools:
    """The pools, numbered from 1 in the order in which they were opened; 0 is "unknown".

    `kinds` are their kinds by number ("" for 0). `keys` are the pools as their owners know them, (index of a
    process, number in the commit word) in one integer each, sorted, and `numbers` their numbers here;
    `works_for` is the pool of which each process is a worker, which its own records call 0.
    """

    kinds: NDArray[np.object_]
    keys: Integers
    numbers: Integers
    works_for: Integers

    def of(self, records: Records) -> Integers:
        """Return the pool of each record."""
        mine = records.pool == 0
        if not len(self.keys):
            return np.where(mine, self.works_for[records.process], 0)
        wanted = _key(records.process, records.pool)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        owned = np.where(self.keys[at] == wanted, self.numbers[at], 0)  # 0: the pool's own record was lost
        return np.where(mine, self.works_for[records.process], owned)

    @property
    def threaded(self) -> NDArray[np.bool_]:
        """Tell, by number, the pools whose workers are threads."""
        return np.array([kind_of(kind).threaded for kind in self.kinds])

    @property
    def aside(self) -> NDArray[np.bool_]:
        """Tell, by number, the pools whose workers have another thread send their results."""
        return np.array([kind_of(kind).aside for kind in self.kinds])


def read_pools(journals: Journals) -> Pools:
    """Return the pools of the trace."""
    records = journals.kind(schema.POOL)
    order = np.argsort(records.word(0), kind="stable")
    kinds = ["", *(journals.name(int(records.process[i]), int(records.word(1)[i])) or POOL for i in order)]
    keys, last = np.unique(_key(records.process[order], records.pool[order])[::-1], return_index=True)
    numbers = len(order) - last
    known = dict(zip(keys.tolist(), numbers.tolist(), strict=True))
    index = {identity["process"]: place for place, identity in enumerate(journals.identities)}
    works_for = np.zeros(len(journals.identities) or 1, np.int64)
    for place, identity in enumerate(journals.identities):
        owner, number = identity.get("pool") or (None, 0)
        if owner in index:
            works_for[place] = known.get(index[owner] << _OWN_BITS | number, 0)
    return Pools(np.array(kinds, dtype=object), keys, numbers, works_for)


def _key(process: NDArray[np.int32], own: Integers) -> Integers:
    return process.astype(np.int64) << _OWN_BITS | own
