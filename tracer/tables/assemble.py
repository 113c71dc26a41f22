"""The folder that a run left (journals, roster, what the command saw) → a `Tables`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracer import files
from tracer.record import schema
from tracer.tables import losses as lost
from tracer.tables import meta as stated
from tracer.tables import processes, slices
from tracer.tables.contract import LATEST_NS, mended
from tracer.tables.identities import entered
from tracer.tables.journals import Journals, read
from tracer.tables.message_spans import message_spans, with_names
from tracer.tables.messages import Messages, read_messages
from tracer.tables.pools import read_pools
from tracer.tables.queue_tasks import read_queue_tasks, with_queues
from tracer.tables.records import Lifetime
from tracer.tables.standing import read_standing, since_slices, without_early_ends
from tracer.tables.tables import Tables
from tracer.tables.tasks import read_tasks

_SPARE_NS = 3_600_000_000_000
"""An hour: so much earlier or later than the run was seen to be, a stamp is believed."""


def assemble(folder: Path, meta: dict[str, Any], main_end: dict[str, Any] | None = None) -> Tables:
    """Return the trace of the journals in `folder`.

    `meta` is what becomes `meta.json`, with `origin_ns` (the origin on the journals' clock) beside
    `origin_unix_ns`; `core_source` and `losses` are filled in here. `main_end` tells the instant (on the
    journals' clock) and the exit code with which the main process was seen to end.
    """
    meta = dict(meta)
    origin = int(meta.pop("origin_ns"))
    roster, cores, unfit = _roster(folder)
    lifetime = _lifetime(origin, roster or [], main_end or {})
    journals = read(folder, lifetime)
    people, silent = processes.rows(journals, roster or [], main_end or {})
    host = str(meta.get("hostname", ""))[:40]
    people = [{**one, "host": one.get("host") or host} for one in people]  # where there is no journal at all
    named_only = bool(meta.get("named_only"))
    switches = slices.read_cores(folder, people, named_only, lifetime)
    frame = processes.table(people, origin)
    ended = np.array([one.get("exited") is not None for one in people[: len(journals.identities)]], bool)
    pools = read_pools(journals)
    table, items = read_tasks(journals, pools, origin, frame, ended)
    messages = read_messages(journals)
    queues = read_queue_tasks(journals, messages, origin, frame, ended, len(pools.kinds), table)
    table = with_queues(table, queues.tasks)
    frame.loc[queues.workers, "role"] = "worker"
    standing, not_so = read_standing(folder, journals, messages, frame, origin, lifetime)
    trace = Tables(
        tasks=table,
        processes=without_early_ends(frame.sort_values("process", ignore_index=True), standing),
        items=items,
        spans=_spans(journals, messages, frame, origin),
        threads=processes.threads(journals, frame, origin),
        standing=standing,
    )
    trace, broken = mended(trace)  # before it is asked when it ended
    on_cores = slices.table(switches, trace.processes, origin, trace.end_ns, named_only)
    losses = {
        "records": journals.dropped,
        "damaged records": journals.damaged + switches.damaged + broken + unfit + not_so,
        "journals": silent + journals.broken,
        "workers of a pool with queues or methods of its own": sum(
            one.get("role") == "worker" and not one.get("pool") for one in journals.identities
        ),
        "collector": int(roster is None),
        "senders of messages that were taken from queues": 0 if named_only else queues.unsent,
        lost.TAKEN_OUTSIDE: 0 if named_only else queues.outside,
        "switches": switches.lost,
        "rings found full": cores["full"],
        "threads not followed": cores["failed"],
        "messages of queues that came too fast to stamp each": int(messages.skipped.sum()),
        **_unfollowed(journals),
        **_made_before(journals),
    }
    meta |= {
        "start_method": meta.get("start_method") or _start_method(frame),
        "core_source": cores["source"] if len(on_cores) else "stamps",
        "core_source_why": cores["why"],
    }
    standing = since_slices(trace.standing, on_cores)
    ours = {one["pid"] for one in people if one.get("role") == "tracer"}
    others = slices.others(switches, cores["programs"], ours, host, origin, trace.end_ns)
    trace, broken = mended(replace(trace, slices=on_cores, standing=standing, others=others, meta=meta))
    losses["damaged records"] += broken
    meta["losses"] = {kind: count for kind, count in losses.items() if count}
    return trace


def _spans(journals: Journals, messages: Messages, frame: pd.DataFrame, origin: int) -> pd.DataFrame:
    spans = processes.spans(journals, frame, origin)
    more = message_spans(messages, frame, origin)
    if not len(more):
        return spans
    spans = with_names(spans, journals, messages, frame, origin)
    return pd.concat([spans, more], ignore_index=True).sort_values("start", kind="stable", ignore_index=True)


def _unfollowed(journals: Journals) -> dict[str, int]:
    """Count the processes in which a library was left alone, because its version is not known."""
    records = journals.kind(schema.UNFOLLOWED)
    found: dict[str, set[int]] = {}
    for process, library, version in zip(
        records.process.tolist(), records.word(1).tolist(), records.word(2).tolist(), strict=True
    ):
        names = journals.name(process, library) or "?", journals.name(process, version) or "?"
        found.setdefault(" ".join(names), set()).add(process)
    return {lost.VERSION_NOT_KNOWN.format(name): len(by) for name, by in sorted(found.items())}


def _made_before(journals: Journals) -> dict[str, int]:
    """Count the pools that were given tasks and had been made before the trace began, by kind."""
    records = journals.kind(schema.EARLIER)
    rows = zip(records.process.tolist(), records.word(1).tolist(), records.word(2).tolist(), strict=True)
    pools = {(process, pool, journals.name(process, kind) or "?") for process, kind, pool in rows}
    kinds = Counter(kind for _, _, kind in pools)
    return {lost.MADE_BEFORE.format(kind): number for kind, number in sorted(kinds.items())}


def _lifetime(origin: int, roster: list[dict[str, Any]], main_end: Mapping[str, Any]) -> Lifetime:
    """Return when the run can have been: the collector outlives main; a child may outlive the collector."""
    ends = [one.get("ended") for one in roster if one["role"] == "tracer"] + [main_end.get("exited")]
    known = [end for end in ends if end]
    last = max(known) + _SPARE_NS if known else origin + LATEST_NS
    return Lifetime(max(origin - _SPARE_NS, 1), min(last, origin + LATEST_NS))


def _roster(folder: Path) -> tuple[list[dict[str, Any]] | None, dict[str, Any], int]:
    """Return the Manager list as the collector left it (None: it did not), and how it followed the cores.

    Last, how many entries say what cannot be: they are left out.
    """
    sampled = any(folder.glob(f"*{schema.SAMPLES_SUFFIX}"))  # as the collector would have said
    cores: dict[str, Any] = {"source": "sampled" if sampled else "kernel", "why": "", "full": 0, "failed": 0}
    cores["programs"] = {}
    try:
        left = files.read_json(folder / schema.ROSTER_FILE)
    except (OSError, ValueError):
        return None, cores, 0
    if not isinstance(left, dict) or not isinstance(left.get("processes"), list):
        return None, cores, 1
    entries = [entered(entry) for entry in left["processes"]]
    told = left.get("cores")
    if isinstance(told, dict):
        cores |= {key: told[key] for key, fits in _CORES.items() if fits(told.get(key))}
        cores["programs"] = {int(pid): name for pid, name in cores["programs"].items()}
    return [one for one in entries if one is not None], cores, entries.count(None)


_CORES: dict[str, Callable[[object], bool]] = {
    "source": lambda value: value in stated.CORE_SOURCES,
    "why": lambda value: isinstance(value, str),
    "full": lambda value: type(value) is int and 0 <= value < 1 << 40,
    "failed": lambda value: type(value) is int and 0 <= value < 1 << 40,
    "programs": lambda value: (
        isinstance(value, dict)
        and all(re.fullmatch("[0-9]{1,10}", pid) and isinstance(name, str) for pid, name in value.items())
    ),
}
"""What the roster says of the cores, and what that can be."""


def _start_method(frame: pd.DataFrame) -> str | None:
    """Return the start method of the program's own processes: the first one's, where they differ."""
    own = frame[frame["role"].isin(["process", "worker"])].sort_values("process")["start_method"].dropna()
    return None if own.empty else str(own.iloc[0])
