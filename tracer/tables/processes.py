"""The Manager list and the journals → the tables of processes, threads and spans.

What a process is comes from the list (and from its journals' headers where the list lacks it); when things
happened to it comes from journals: its own (STAGE) and its parent's (CHILD).
"""

from __future__ import annotations

import signal
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tracer.record import schema
from tracer.record.kinds import HELPERS, UNRECORDED
from tracer.tables import definitions
from tracer.tables.columns import Column, texts
from tracer.tables.identities import sound
from tracer.tables.journals import Journals, known_core

Roster = list[dict[str, Any]]

_STAGES = {
    schema.STARTED: "started",
    schema.TARGET_START: "target_start",
    schema.TARGET_END: "target_end",
    schema.EXITING: "exited",
}
_FAILED_IN = {
    schema.IN_FUNCTION: "function",
    schema.IN_INITIALIZER: "initializer",
    schema.IN_IMPORT: "import",
    schema.UNGUARDED: "unguarded",
}
_START_METHODS = {"fork", "spawn", "forkserver"}


def rows(journals: Journals, roster: Roster, main_end: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Return one mapping a process, those of `journals.identities` first and in their order.

    Times are absolute. Second, the number of processes that must have had a journal and left none.
    `main_end` (`pid`, `exited`, `exitcode`) is what the command saw of the main process's end, or empty.
    """
    people = [dict(identity) for identity in journals.identities]
    by_uid = {one["process"]: one for one in people}
    _part_strangers(journals, people)
    by_birth = {tuple(one["birth"]): one for one in people if one.get("birth")}
    for entry in roster:
        birth = (entry.get("parent"), entry.get("birth"))
        found = by_uid.get(entry.get("process")) or (by_birth.get(birth) if entry.get("birth") else None)
        if found is None:
            found = {}
            people.append(found)
            if entry.get("birth"):
                by_birth[birth] = found
        known = ("birth", "name") if found.get("role") == schema.SUBPROCESS else ("birth",)
        found |= {key: value for key, value in entry.items() if key not in known}
    if not any(one.get("role") == "main" for one in people):  # it could not record
        people.append({"role": "main", "name": "MainProcess", **(main_end or _parent_of(people))})
    _own_stages(journals, people)
    _parents_view(journals, people, by_birth)
    _reaped_by_pid(journals, people)
    for one in people:
        if one.get("role") == "main" and main_end:
            one |= {key: value for key, value in main_end.items() if one.get(key) is None}
        if one.get("role") == "tracer":
            one["exited"] = one.pop("ended", None)
        elif one.get("exited") is None:
            one["exited"] = one.get("reaped")
        one |= _stop(one)
    silent = sum(
        _silent(one) and one.get("pid") not in journals.failed for one in people[len(journals.identities) :]
    )
    people = [one for one in people if one.get("pid") is not None]
    return people, silent


def _stop(one: Mapping[str, Any]) -> dict[str, int]:
    """Return by which of its owner's signals a process ended, and when that was sent; else the first one."""
    stops = one.get("stops", ())
    by = [stop for stop in stops if stop[1] == -(one.get("exitcode") or 0)] or stops
    return {"stopped": by[0][0], "stop_signal": by[0][1]} if by else {}


def _part_strangers(journals: Journals, people: list[dict[str, Any]]) -> None:
    """Take the birth from each that is not what its parent started: what that, a shell perhaps, did start."""
    records = journals.kind(schema.CHILD)
    started = {
        (journals.identities[process]["process"], birth): pid
        for process, (birth, event, _, pid) in zip(
            records.process.tolist(), records.words[:, :4].tolist(), strict=True
        )
        if event == schema.FORKED
    }
    for one in people:
        if one["role"] == schema.SUBPROCESS and one.get("birth"):
            pid = started.get(tuple(one["birth"]))
            if pid != one["pid"]:
                one["birth"] = None


def _parent_of(people: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what its children know of a main process that has left nothing of its own."""
    started = [one["birth"][0] for one in people if one.get("birth")]
    pid = started[0].partition("-")[0] if started else ""
    return {"pid": int(pid)} if pid.isascii() and pid.isdigit() and 0 < int(pid) < 1 << 31 else {}


def _silent(one: Mapping[str, Any]) -> bool:
    """Tell of a process without a journal whether it ran to its end, and so had something to record.

    One that was killed may have died in its start-up (the workers of a pool that is terminated at once do);
    one that could not open its journal leaves a file that says so, which is counted too.
    """
    if one.get("role") in (*UNRECORDED, schema.SUBPROCESS):
        return False  # a program of any kind
    if one.get("role") not in ("main", "worker") and one.get("start_method") not in _START_METHODS:
        return True  # a library's own way of starting processes, whose workers are not followed
    ended = one.get("exitcode")
    return ended is not None and (ended >= 0 or ended == -signal.SIGBUS)  # its journal was made shorter


def _own_stages(journals: Journals, people: list[dict[str, Any]]) -> None:
    records = journals.kind(schema.STAGE)
    became: dict[int, str | None] = {}
    for process, row in zip(records.process.tolist(), records.words.tolist(), strict=True):
        if row[0] == schema.AFFINITY:
            allowed = sound({"affinity": journals.name(process, row[2])})
            people[process] |= allowed
            continue
        if row[0] == schema.BECOMES:
            became[process] = journals.name(process, row[2])
            continue
        if row[0] == schema.NATIVE:
            people[process]["native"] = journals.name(process, row[2])
            continue
        if row[0] == schema.FAILED:
            people[process] |= {"error": journals.name(process, row[2]), "failed_in": _FAILED_IN[row[3]]}
            continue
        people[process][_STAGES[row[0]]] = row[1]
        if row[0] == schema.EXITING:
            people[process]["cpu_ns"] = row[2]
    for process, name in became.items():
        if name is not None and people[process]["role"] not in ("main", "worker"):
            people[process] |= {"name": name, "role": schema.SUBPROCESS}


def _parents_view(
    journals: Journals, people: list[dict[str, Any]], by_birth: dict[tuple[Any, Any], dict[str, Any]]
) -> None:
    records = journals.kind(schema.CHILD)
    for process, row in zip(records.process.tolist(), records.words.tolist(), strict=True):
        birth, event, at, value, name, method = row[:6]
        if birth >= schema.BY_PID:
            continue
        key = journals.identities[process]["process"], birth
        one = by_birth.get(key)
        if one is None:  # neither in the list nor with a journal: all that is known is in these records
            one = by_birth[key] = {"name": journals.name(process, name) or "?"}
            one["start_method"] = start = journals.name(process, method)
            helper = one["name"] if one["name"] in HELPERS and start == "spawn" else "process"
            one["role"] = start if start == schema.SUBPROCESS else helper
            people.append(one)
        if event == schema.START_CALLED:
            one |= {"start_called": at, "host": journals.identities[process].get("host")}
            one.setdefault("ppid", journals.identities[process]["pid"])
        elif event == schema.FORKED:
            one |= {"forked": at, "pid": value}
        elif event == schema.STOPPED:
            one.setdefault("stops", []).append((at, value))
        else:
            one |= {"reaped": at, "exitcode": value}


def _reaped_by_pid(journals: Journals, people: list[dict[str, Any]]) -> None:
    """Note the end of children that were forked by the program itself: all that is known is the PID."""
    children: dict[tuple[Any, Any], list[dict[str, Any]]] = defaultdict(list)
    for one in people:
        if one.get("birth") is None:
            children[one.get("pid"), one.get("ppid")].append(one)
    records = journals.kind(schema.CHILD)
    at = np.flatnonzero(records.word(0) >= schema.BY_PID)
    for process, row in zip(records.process[at].tolist(), records.words[at].tolist(), strict=True):
        birth, _, reaped, code = row[:4]
        with_pid = children.get((birth - schema.BY_PID, journals.identities[process]["pid"]), [])
        mine = [one for one in with_pid if one.get("started", 0) <= reaped]
        if mine:  # a PID may come again: the last before it was reaped
            max(mine, key=lambda one: int(one.get("started", 0))).update(reaped=reaped, exitcode=code)


def table(people: list[dict[str, Any]], origin: int) -> pd.DataFrame:
    """Return the table `processes`, in the order of `people`; `process` numbers them by when they began."""
    began = [one.get("start_called") or one.get("started") or one.get("forked") or 0 for one in people]
    main_first = [one.get("role") != "main" for one in people]
    number = np.empty(len(people), np.int64)
    number[np.lexsort((began, main_first))] = np.arange(len(people))
    filled = []
    for one, place in zip(people, number.tolist(), strict=True):
        row = {key: one.get(key) for key in definitions.PROCESSES.columns}
        for column in definitions.PROCESSES.times:
            at = one.get(column)
            row[column] = None if at is None else at - origin
        row["name"] = row["name"] or f"process {one['pid']}"
        row["library"] = row["library"] or None
        filled.append({**row, "process": place, "affinity": cores(one.get("affinity"))})
    return definitions.PROCESSES.from_rows(filled)


def cores(ranges: str | None) -> list[int] | None:
    """Read `0-3,6` as the list of cores that it stands for; None stays None."""
    if not ranges:
        return None
    ends = [part.partition("-") for part in ranges.split(",")]
    return [core for first, _, last in ends for core in range(int(first), int(last or first) + 1)]


def threads(journals: Journals, processes: pd.DataFrame, origin: int) -> pd.DataFrame:
    """Return the table `threads`."""
    begins, ends = journals.kind(schema.THREAD), journals.kind(schema.THREAD_END)
    ended: dict[int, list[tuple[int, list[int]]]] = {}
    for journal, order, row in zip(
        ends.journal.tolist(), ends.order.tolist(), ends.words.tolist(), strict=True
    ):
        ended.setdefault(journal, []).append((order, row[:2]))
    number, pid = processes["process"].tolist(), processes["pid"].tolist()
    found = []
    mains: set[int] = set()
    for process, journal, order, row in zip(
        begins.process.tolist(),
        begins.journal.tolist(),
        begins.order.tolist(),
        begins.words.tolist(),
        strict=True,
    ):
        time, error = next((end for place, end in ended.get(journal, []) if place > order), (0, 0))
        role = journals.name(process, row[3])
        if role == "main" and process in mains:
            continue  # the process became another program, whose thread is the same
        mains |= {process} if role == "main" else set()
        started = row[0] - origin if row[0] else None
        if started is None and role == "main":
            value = processes["started"].iloc[process]
            started = None if pd.isna(value) else int(value)
        found.append(
            {
                "host": processes["host"].iloc[process],
                "process": number[process],
                "pid": pid[process],
                "tid": row[1],
                "name": journals.name(process, row[2]),
                "role": role,
                "started": started,
                "ended": time - origin if time else None,
                "library": journals.name(process, row[4]) if row[4] else None,
                "error": journals.name(process, error) if error else None,
            }
        )
    found.sort(key=lambda one: (one["process"], one["started"] or 0))
    return definitions.THREADS.from_rows(found)


def _batch(value: int) -> str:
    number, shared = (value & (1 << schema.BATCH_BITS) - 1) - 1, value >> schema.BATCH_BITS
    return f'{{"batch":{number},"shared_bytes":{shared}}}' if shared else f'{{"batch":{number}}}'


def spans(journals: Journals, processes: pd.DataFrame, origin: int) -> pd.DataFrame:
    """Return the table `spans`."""
    records = journals.kind(schema.SPAN)
    if not len(records):
        return definitions.SPANS.empty()
    length, at = len(records), np.arange(len(records))
    core_end = known_core(records.word(4))
    columns: dict[str, Any] = {
        "host": processes["host"].to_numpy(object)[records.process],
        "process": processes["process"].to_numpy(np.int64)[records.process],
        "pid": processes["pid"].to_numpy(np.int64)[records.process],
        "tid": records.tid,
        **{
            name: texts(*journals.names_of(records.process, records.word(word)))
            for name, word in (("category", 5), ("name", 2), ("data", 3))
        },
        "core_start": Column(length).put(at, records.core, records.core >= 0).array(),
        "core_end": Column(length).put(at, core_end, core_end >= 0).array(),
    }
    for name, word in (("start", 0), ("end", 1)):
        columns[name] = Column(length).put(at, records.word(word) - origin).array()
    frame = definitions.SPANS.frame(columns)
    frame.loc[frame["data"] == "", "data"] = pd.NA
    of_batches = np.flatnonzero(records.word(6) > 0)
    if len(of_batches):
        frame.loc[of_batches, "data"] = [_batch(value) for value in records.word(6)[of_batches].tolist()]
    return frame.sort_values("start", ignore_index=True)
