"""ITEM records → the table of items, by the task that stands before them in their journal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tracer.record import schema
from tracer.tables import definitions
from tracer.tables.columns import Column, Integers, texts
from tracer.tables.journals import Journals, Records, known_core
from tracer.tables.labels import Labels
from tracer.tables.statuses import STATUSES


def read_items(
    journals: Journals, places: Places, task: Integers, origin: int, labels: Labels
) -> pd.DataFrame:
    """Return the table `items`. `task` has the task of each BEGIN (-1: none), and one -1 more at the end."""
    records = journals.kind(schema.ITEM)
    if not len(records):
        return definitions.ITEMS.empty()
    row = task[places.last_before(records)]
    length, at = len(records), slice(None)
    cores = {"core_start": records.core, "core_end": known_core(records.word(3))}
    frame = definitions.ITEMS.frame(
        {
            "task": row + 1,
            "item": records.word(0),
            "start": records.word(1) - origin,
            "end": records.word(2) - origin,
            "status": texts(records.status, STATUSES),
            "label": labels.of_items(row, records.word(0)),
            **{name: Column(length).put(at, core, core >= 0).array() for name, core in cores.items()},
        }
    )
    return frame[row >= 0].sort_values(["task", "item"], ignore_index=True)


class Places:
    """Where BEGIN records stand in their journals: what follows one, up to the next, is of its task.

    (A journal's thread runs one task at a time.)
    """

    def __init__(self, begins: Records) -> None:
        self._span = 1 << 40  # more records than a journal can hold
        places = begins.journal * self._span + begins.order
        self._row = np.argsort(places, kind="stable")
        self._places = places[self._row]
        self._journal = begins.journal

    def last_before(self, later: Records) -> Integers:
        """Return, for each record, the row of the last BEGIN before it in its journal; -1 where none is."""
        if not len(self._row):
            return np.full(len(later), -1, np.int64)
        at = np.searchsorted(self._places, later.journal * self._span + later.order) - 1
        row = self._row[np.maximum(at, 0)]
        return np.where((at >= 0) & (self._journal[row] == later.journal), row, -1)
