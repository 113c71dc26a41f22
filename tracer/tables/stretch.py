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
    it; processes that lived then, or that any of these names. Of main, whose life is how long a run took, the
    beginning and the end are cut to it, too. All other times stay those of the whole run.
    """
    tasks = _within(trace.tasks, first, last, ["submitted", "run_start"], ["delivered", "run_end"])
    items = trace.items[trace.items["task"].isin(tasks["task"])]
    spans = _within(trace.spans, first, last, ["start"], ["end"])
    threads = _within(trace.threads, first, last, ["started"], ["ended"])
    slices, others = (
        part.assign(start=part["start"].clip(lower=first), end=part["end"].clip(upper=last))
        for part in (_within(one, first, last, ["start"], ["end"]) for one in (trace.slices, trace.others))
    )
    lived = _within(trace.processes, first, last, ["start_called", "forked", "started"], ["exited"])
    named = pd.concat([one["process"].dropna() for one in (lived, tasks, spans, threads, slices)])
    kept = trace.processes["process"].isin(named) | (trace.processes["role"] == "main")
    parts = {"tasks": tasks, "items": items, "spans": spans, "threads": threads, "slices": slices}
    parts |= {"standing": _within(trace.standing, first, last, ["since"], ["seen"]), "others": others}
    parts["processes"] = _with_main_cut(trace.processes[kept], first, last)
    plain = {name: part.reset_index(drop=True) for name, part in parts.items()}
    return replace(trace, **plain, meta=dict(trace.meta))


def _with_main_cut(processes: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Return the processes, main of which begins and ends with the stretch where it lived longer."""
    main = _within(processes, first, last, ["started"], ["exited"]).index
    main = main[(processes.loc[main, "role"] == "main").fillna(False)]
    cut = processes.copy()
    cut.loc[main, "started"] = cut.loc[main, "started"].clip(lower=first)
    cut.loc[main, "exited"] = cut.loc[main, "exited"].fillna(last).clip(upper=last)
    return cut


def _within(frame: pd.DataFrame, first: int, last: int, begins: list[str], ends: list[str]) -> pd.DataFrame:
    """Return the rows that overlap the stretch; one without an end goes on, one without a beginning was."""
    begin, end = _first_known(frame, begins), _first_known(frame, ends)
    return frame[~(begin > last) & ~(end < first)]


def _first_known(frame: pd.DataFrame, columns: list[str]) -> NDArray[np.float64]:
    found = np.full(len(frame), np.nan)
    for column in columns:
        found = np.where(np.isnan(found), frame[column].to_numpy(np.float64, na_value=np.nan), found)
    return found
