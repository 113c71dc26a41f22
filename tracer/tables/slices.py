"""Switches → the tables of slices, the program's and others'; and the forks and exits in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracer.tables import definitions
from tracer.tables.columns import Column, Integers, texts
from tracer.tables.family import family
from tracer.tables.records import Lifetime
from tracer.tables.samples import read_samples
from tracer.tables.switches import REASONS, RUNNING, Slices, Switches, read_switches

_INTEGERS = ("core", "pid", "tid", "start", "end")

People = list[dict[str, Any]]


def read_cores(folder: Path, people: People, named_only: bool, lifetime: Lifetime) -> Switches:
    """Read the switches in `folder`; note forks and exits in `people`, and add the processes only they know.

    `people` are the processes in the making (`processes.rows`), times on the journals' clock. Where a trace
    is of named objects only (`named_only`), none is added. The run lasted for `lifetime`.
    """
    switches = read_switches(folder, lifetime)
    switches.slices += read_samples(folder, lifetime)
    if switches.of_everyone:
        main = [one["pid"] for one in people if one.get("role") == "main"]
        others = [(_began(one), one["pid"]) for one in people if one.get("role") != "tracer"]
        switches.part(family(main, switches.forks, others))
    by_pid: dict[int, People] = {}
    for one in people:
        by_pid.setdefault(one["pid"], []).append(one)
    commands = {pid: name for _, pid, name in switches.commands}
    for time, pid, tid, parent in switches.forks:
        if pid == parent or pid != tid:
            continue  # a thread
        known = _living(by_pid.get(pid, []), time)
        if known is None and named_only:
            continue
        if known is None:
            known = {"pid": pid, "ppid": parent, "role": "subprocess", "name": commands.get(pid, "fork")}
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
    if not any(len(one.core) for one in switches.slices):
        return definitions.SLICES.empty()
    core, pid, tid, start, stop, reason = _since_origin(switches.slices, origin, end)
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


def others(
    switches: Switches, programs: Mapping[int, str], ours: set[int], host: str, origin: int, end: int
) -> pd.DataFrame:
    """Return the table `others`: who else had the cores, until `end`, from the switches of all programs.

    `programs` are the names of those that were there at the beginning, `ours` the PIDs of the tracer's own.
    """
    if not any(len(one.core) for one in switches.others):
        return definitions.OTHERS.empty()
    core, pid, _, start, stop, _ = _since_origin(switches.others, origin, end)
    inside = start < end
    core, pid, start, stop = core[inside], pid[inside], start[inside], np.minimum(stop[inside], end)
    codes, places = np.unique(pid, return_inverse=True)
    names = _names(switches, programs) | dict.fromkeys(ours, "tracer")
    called = np.array([names.get(one, f"PID {one}") for one in codes.tolist()], dtype=object)
    frame = definitions.OTHERS.frame(
        {
            "host": texts(np.zeros(len(core), np.int64), np.array([host], dtype=object)),
            "name": texts(places.ravel(), called),
            **{
                name: Column(len(core)).put(slice(None), values).array()
                for name, values in (("core", core), ("pid", pid), ("start", start), ("end", stop))
            },
        }
    )
    return frame.sort_values("start", kind="stable", ignore_index=True)


def _names(switches: Switches, programs: Mapping[int, str]) -> dict[int, str]:
    """Return what each PID was called last: a fork has its parent's name until it becomes another program."""
    names = dict(programs)
    told = [(time, pid, parent, "") for time, pid, tid, parent in switches.strangers if pid == tid]
    told += [(time, pid, 0, name) for time, pid, name in switches.commands]
    for _, pid, parent, name in sorted(told):
        names[pid] = name or names.get(parent, f"PID {pid}")
    return {pid: definitions.printable(name) for pid, name in names.items()}


def _since_origin(found: Sequence[Slices], origin: int, end: int) -> tuple[Integers, ...]:
    """Return the columns of slices, times since the origin; `end` is that of threads that still ran."""
    core, pid, tid, start, stop, reason = (
        np.concatenate([getattr(one, name) for one in found])
        for name in ("core", "pid", "tid", "start", "end", "reason")
    )
    start, stop = start - origin, np.where(reason == RUNNING, np.maximum(end, start - origin), stop - origin)
    return core, pid, tid, start, stop, reason


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
