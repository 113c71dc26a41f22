"""A stretch of a run as a trace of its own: what lay in it, wholly or in part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.tables.tables import Tables


def stretch(trace: Tables, first: int, last: int) -> Tables:
    """Return what of a trace was there between two instants, in nanoseconds since its origin.

    Tasks that were handed over, waiting or running then; spans, and threads, that overlap it; slices cut to
    it; processes that lived then, or that any of these names. Times stay those of the whole run.
    """
    tasks = _within(trace.tasks, first, last, ["submitted", "run_start"], ["delivered", "run_end"])
    items = trace.items[trace.items["task"].isin(tasks["task"])]
    spans = _within(trace.spans, first, last, ["start"], ["end"])
    threads = _within(trace.threads, first, last, ["started"], ["ended"])
    slices = _within(trace.slices, first, last, ["start"], ["end"])
    slices = slices.assign(start=slices["start"].clip(lower=first), end=slices["end"].clip(upper=last))
    lived = _within(trace.processes, first, last, ["start_called", "forked", "started"], ["exited"])
    named = pd.concat([one["process"].dropna() for one in (lived, tasks, spans, threads, slices)])
    kept = trace.processes["process"].isin(named) | (trace.processes["role"] == "main")
    parts = {"tasks": tasks, "items": items, "spans": spans, "threads": threads, "slices": slices}
    parts["processes"] = trace.processes[kept]
    plain = {name: part.reset_index(drop=True) for name, part in parts.items()}
    return replace(trace, **plain, meta=dict(trace.meta))


def _within(frame: pd.DataFrame, first: int, last: int, begins: list[str], ends: list[str]) -> pd.DataFrame:
    """Return the rows that overlap the stretch; one without an end goes on, one without a beginning was."""
    begin, end = _first_known(frame, begins), _first_known(frame, ends)
    return frame[~(begin > last) & ~(end < first)]


def _first_known(frame: pd.DataFrame, columns: list[str]) -> NDArray[np.float64]:
    found = np.full(len(frame), np.nan)
    for column in columns:
        found = np.where(np.isnan(found), frame[column].to_numpy(np.float64, na_value=np.nan), found)
    return found
