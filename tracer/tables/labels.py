"""LABEL and PUT_LABEL records → what tasks and items work on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.record import schema
from tracer.tables.columns import Integers, texts
from tracer.tables.journals import Journals, Records
from tracer.tables.messages import Messages
from tracer.tables.pools import Pools
from tracer.tables.task_keys import Keys


class Labels:
    """The labels of a trace's tasks: of a task its own, of a chunk that of each of its first items."""

    def __init__(self, journals: Journals, pools: Pools, keys: Keys) -> None:
        records = journals.kind(schema.LABEL)
        self._length = len(keys)
        self._code, self._names = journals.names_of(records.process, records.word(3))
        self._row = keys.find(pools.of(records), records.word(0), records.word(1))
        self._item = records.word(2)
        self._span = 1 + int(self._item.max(initial=0))

    def of_tasks(self) -> pd.api.extensions.ExtensionArray:
        """Return the label of each task, missing where it has none."""
        found = np.full(self._length, -1, np.int64)
        mine = (self._row >= 0) & (self._item == 0)
        found[self._row[mine]] = self._code[mine]
        return texts(found, self._names)

    def of_items(self, row: Integers, item: Integers) -> pd.api.extensions.ExtensionArray:
        """Return the labels of items, by the row of their task and their number in it."""
        mine = np.flatnonzero((self._row >= 0) & (self._item > 0))
        key = self._row[mine] * self._span + self._item[mine]
        order = np.argsort(key, kind="stable")
        found = np.full(len(row), -1, np.int64)
        if len(mine):
            wanted = row * self._span + item + 1
            at = np.minimum(np.searchsorted(key[order], wanted), len(mine) - 1)
            known = (key[order][at] == wanted) & (item + 1 < self._span)
            found[known] = self._code[mine][order][at][known]
        return texts(found, self._names)


def labels_of_messages(journals: Journals, messages: Messages) -> tuple[Integers, NDArray[np.object_]]:
    """Return the labels of what was put, as (codes, texts): a code of -1 is none.

    The label of a message is the last that its thread has given before, for that queue.
    """
    records, puts = journals.kind(schema.PUT_LABEL), messages.puts
    code, names = journals.names_of(records.process, records.word(2))
    if not len(records) or not len(puts):
        return np.full(len(puts), -1, np.int64), names

    def keys(of: Records, time: Integers, tid: Integers) -> pd.DataFrame:
        return pd.DataFrame({"process": of.process, "queue": of.pool, "tid": tid, "time": time})

    said = keys(records, records.word(0), records.word(1)).assign(code=code)
    asked = keys(puts, puts.word(0), messages.putter).assign(put=np.arange(len(puts)))
    found = pd.merge_asof(
        asked.sort_values("time", kind="stable"),
        said.sort_values("time", kind="stable"),
        on="time",
        by=["process", "queue", "tid"],
    ).sort_values("put")
    return found["code"].fillna(-1).to_numpy(np.int64), names
