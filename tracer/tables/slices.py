"""Switches → the table of slices, and what the kernel alone knows: forks, exits, subprocesses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracer.tables import definitions
from tracer.tables.columns import Column, Integers, texts
from tracer.tables.records import Lifetime
from tracer.tables.samples import read_samples
from tracer.tables.switches import REASONS, RUNNING, Switches, read_switches

_INTEGERS = ("core", "pid", "tid", "start", "end")

People = list[dict[str, Any]]


def read_cores(folder: Path, people: People, named_only: bool, lifetime: Lifetime) -> Switches:
    """Read the switches in `folder`; note forks and exits in `people`, and add the processes only they know.

    `people` are the processes in the making (`processes.rows`), times on the journals' clock. Where a trace
    is of named objects only (`named_only`), none is added. The run lasted for `lifetime`.
    """
    switches = read_switches(folder, lifetime)
    switches.slices += read_samples(folder, lifetime)
    by_pid: dict[int, People] = {}
    for one in people:
        by_pid.setdefault(one["pid"], []).append(one)
    names = {pid: name for _, pid, name in switches.commands}
    for time, pid, tid, parent in switches.forks:
        if pid == parent or pid != tid:
            continue  # a thread
        known = _living(by_pid.get(pid, []), time)
        if known is None and named_only:
            continue
        if known is None:
            known = {"pid": pid, "ppid": parent, "role": "subprocess", "name": names.get(pid, "fork")}
            known["host"] = next((one.get("host") for one in people if one.get("host")), None)
            people.append(known)
            by_pid.setdefault(pid, []).append(known)
        known["forked"] = time
    for time, pid, tid in switches.exits:
        if pid == tid and (mine := [one for one in by_pid.get(pid, []) if _began(one) <= time]):
            max(mine, key=_began)["exited"] = time
    return switches


def _began(one: dict[str, Any]) -> int:
    return int(one.get("forked") or one.get("start_called") or one.get("started") or 0)


def _living(candidates: People, forked: int) -> dict[str, Any] | None:
    """Return the process that a fork at `forked` made: a PID can come round again."""
    for one in candidates:
        start, first = one.get("start_called"), one.get("started")
        if (start is None or start <= forked) and (first is None or forked <= first + 1_000_000_000):
            return one
    return None


def table(
    switches: Switches, processes: pd.DataFrame, origin: int, end: int, named_only: bool
) -> pd.DataFrame:
    """Return the table `slices`. `end` is the trace's end, where threads that still run are cut.

    A process that is not in the table (it was there before the trace) leaves `process` missing; where a trace
    is of named objects only, such slices are left out.
    """
    found = [one for one in switches.slices if len(one.core)]
    if not found:
        return definitions.SLICES.empty()
    core, pid, tid, start, stop, reason = (
        np.concatenate([getattr(one, name) for one in found])
        for name in ("core", "pid", "tid", "start", "end", "reason")
    )
    start, stop = start - origin, np.where(reason == RUNNING, np.maximum(end, start - origin), stop - origin)
    process = process_of(processes, pid, start)
    hosts = processes["host"].dropna()
    everywhere = slice(None)
    length = len(core)
    frame = definitions.SLICES.frame(
        {
            "host": texts(np.zeros(length, np.int64), hosts.iloc[:1].to_numpy(object)),
            "reason": texts(reason, REASONS),
            "process": Column(length).put(everywhere, process, process >= 0).array(),
            **{
                name: Column(length).put(everywhere, values).array()
                for name, values in zip(_INTEGERS, (core, pid, tid, start, stop), strict=True)
            },
        }
    )
    order = np.argsort(start, kind="stable")
    return frame.iloc[order[process[order] >= 0] if named_only else order].reset_index(drop=True)


def process_of(processes: pd.DataFrame, pid: Integers, when: Integers) -> Integers:
    """Return the number of the process that had each PID at a time, -1 where there is none."""
    number = processes["process"].to_numpy(np.int64)
    pids = processes["pid"].to_numpy(np.int64, na_value=-1)
    columns = [processes[name] for name in ("forked", "start_called", "started")]
    began = columns[0].fillna(columns[1]).fillna(columns[2]).to_numpy(np.int64, na_value=0)
    result = np.full(len(pid), -1, np.int64)
    codes, places = np.unique(pid, return_inverse=True)
    for code, one in enumerate(codes.tolist()):
        mine = np.flatnonzero(pids == one)
        if len(mine) == 1:
            result[places == code] = number[mine[0]]
        elif len(mine):
            mine = mine[np.argsort(began[mine], kind="stable")]
            rows = np.flatnonzero(places == code)
            at = np.searchsorted(began[mine], when[rows], side="right") - 1
            result[rows] = number[mine[np.maximum(at, 0)]]
    return result
