"""Journals made by hand: records in memory, as `journals.read` gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tracer.record import schema
from tracer.tables import definitions
from tracer.tables.journals import Held, Journals, _take
from tracer.tables.pools import read_pools
from tracer.tables.tasks import read_tasks

ORIGIN = 1000
Record = tuple[int, ...]
"""The commit word, then the others."""


def by(pool: int, kind: int, *body: int, status: int = 0, core: int = schema.CORE_UNKNOWN) -> Record:
    """A record about a pool, by its number within the process that writes."""
    commit = kind | core << schema.CORE_SHIFT | status << schema.STATUS_SHIFT | pool << schema.POOL_SHIFT
    return (commit, *body)


def journals(
    *written: list[Record], names: tuple[str, ...] = (), works_for: dict[int, tuple[int, int]] | None = None
) -> Journals:
    """One process a list of records; `works_for` gives a worker's (owner, number of the owner's pool).

    Every process knows the names, numbered from 1. Process number n has the PID 100 + n.
    """
    made = Journals()
    for place, records in enumerate(written):
        identity: dict[str, Any] = {"process": f"p{place}", "pid": 100 + place}
        if works_for and place in works_for:
            owner, number = works_for[place]
            identity["pool"] = (f"p{owner}", number)
        made.identities.append(identity)
        made.names |= {(place, number): name for number, name in enumerate(names, 1)}
        if records:
            rows = [[*body, *[0] * (schema.COMMIT - len(body)), commit] for commit, *body in records]
            _take(made, place, place, np.array(rows, np.int64))
    return made


def tables(made: Journals, ended: tuple[int, ...] = ()) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of `tasks` and of `items`; `ended` are the processes that were seen to end."""
    count = len(made.identities)
    processes = definitions.PROCESSES.from_rows(
        [{"host": "desk", "process": n, "pid": 100 + n, "name": f"p{n}"} for n in range(count)]
    )
    gone = np.isin(np.arange(count), ended)
    found = read_tasks(made, read_pools(made), ORIGIN, processes, gone)
    return _rows(found[0]), _rows(found[1])


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def held(process: int, received: int) -> Held:
    """A task that a worker took and never began, in the thread 7."""
    return Held(process, 7, received)
