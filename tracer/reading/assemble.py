"""The folder that a run left (journals, roster, what the command saw) → a `Trace`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracer.reading import journals as reading
from tracer.reading import processes, slices
from tracer.reading.pools import read_pools
from tracer.reading.tasks import read_tasks
from tracer.reading.trace import Trace
from tracer.record import schema


def assemble(folder: Path, meta: dict[str, Any], main_end: dict[str, Any] | None = None) -> Trace:
    """Return the trace of the journals in `folder`.

    `meta` is what becomes `meta.json`, with `origin_ns` (the origin on the journals' clock) beside
    `origin_unix_ns`; `core_source` and `losses` are filled in here. `main_end` tells the instant (on the
    journals' clock) and the exit code with which the main process was seen to end.
    """
    meta = dict(meta)
    origin = int(meta.pop("origin_ns"))
    journals = reading.read(folder)
    roster, cores = _roster(folder)
    people, silent = processes.rows(journals, roster or [], main_end or {})
    host = str(meta.get("hostname", ""))[:40]
    people = [{**one, "host": one.get("host") or host} for one in people]  # where there is no journal at all
    named_only = bool(meta.get("named_only"))
    switches = slices.read_cores(folder, people, named_only)
    frame = processes.table(people, origin)
    ended = np.array([one.get("exited") is not None for one in people[: len(journals.identities)]], bool)
    table, items = read_tasks(journals, read_pools(journals), origin, frame, ended)
    trace = Trace(
        tasks=table,
        processes=frame.sort_values("process", ignore_index=True),
        items=items,
        spans=processes.spans(journals, frame, origin),
        threads=processes.threads(journals, frame, origin),
    )
    on_cores = slices.table(switches, frame, origin, trace.end_ns, named_only)
    losses = {
        "records": journals.dropped,
        "journals": silent + journals.broken,
        "workers of a pool with queues of its own": sum(
            one.get("role") == "worker" and not one.get("pool") for one in journals.identities
        ),
        "collector": int(roster is None),
        "switches": switches.lost,
        "rings found full": cores.get("full", 0),
        "threads not followed": cores.get("failed", 0),
    }
    meta |= {
        "start_method": meta.get("start_method") or _start_method(frame),
        "core_source": cores.get("source", "kernel") if len(on_cores) else "stamps",
        "core_source_why": cores.get("why", ""),
        "losses": {kind: count for kind, count in losses.items() if count},
    }
    return replace(trace, slices=on_cores, meta=meta)


def _roster(folder: Path) -> tuple[list[dict[str, Any]] | None, dict[str, Any]]:
    """Return the Manager list as the collector left it (None: it did not), and how it followed the cores."""
    try:
        left = json.loads((folder / schema.ROSTER_FILE).read_text())
        return left["processes"], left["cores"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, {}


def _start_method(frame: pd.DataFrame) -> str | None:
    """Return the start method of the program's own processes: the first one's, where they differ."""
    own = frame[frame["role"].isin(["process", "worker"])].sort_values("process")["start_method"].dropna()
    return None if own.empty else str(own.iloc[0])
