"""The rules that every trace keeps, so that nothing that reads its tables has to check them again.

    journals ─► tables ─► mended(trace): what breaks a rule is left out, and counted in `losses`
    Parquet ──► tables ─► refusal(trace): what breaks a rule first, as one line

A crash can leave records that say what cannot be, and the rest is worth having; in a saved trace only a
stranger can. Rules are taken in order, each on what those before it left: ranges, keys, references between
tables, the order of stamps, overlaps.
"""

from __future__ import annotations

import numpy as np

from tracer.record.kinds import PROCESS_ROLES, THREAD_ROLES, WAITS
from tracer.tables import definitions
from tracer.tables.rules import (
    Breach,
    Examined,
    Mask,
    Rule,
    among,
    apart,
    between,
    in_order,
    known,
    not_before,
    present_where,
    refers,
    short,
    unique,
)
from tracer.tables.statuses import STATUSES
from tracer.tables.switches import REASONS
from tracer.tables.tables import Tables

LATEST_NS = 1 << 55
"""More than a year: the floats that the analyses reckon with tell 8 ns apart there."""
CORES = 1 << 16
LARGEST = 1 << 53
LONGEST_TEXT = 1 << 16

_words = str.split
ORDERED = tuple(
    _words(
        """submitted pickle_start pickle_end received run_start run_end result_pickled result_received
        result_unpickled delivered"""
    )
)
AFTER = (
    ("pickle_end", "sent"),
    ("result_pickled", "result_sent"),
    ("wait_start", "lock_acquired"),
    ("lock_acquired", "received"),
)
LIFE = ("start_called", "started", "target_start", "target_end", "exited")
CPU_SPARE_NS = 50_000
"""A CPU clock may say so much more than the run's wall clock, beside a fiftieth of it."""


def mended(trace: Tables) -> tuple[Tables, int]:
    """Return the trace without what breaks a rule, and how many rows and values that were."""
    examined, count = Examined(trace), 0
    for rule in RULES:
        breach = rule(examined)
        if breach is not None and breach.rows.any():
            count += int(breach.rows.sum())
            examined.leave_out(breach)
    return examined.trace, count


def refusal(trace: Tables) -> Breach | None:
    """Return the first rule that the trace breaks, None where it keeps them all."""
    examined = Examined(trace)
    for rule in (*RULES, _main):
        breach = rule(examined)
        if breach is not None and breach.rows.any():
            return breach
    return None


def _stamps_in_order(examined: Examined) -> Breach | None:
    """The phases of a task, in one pass: there may be a million of them."""
    latest = np.full(len(examined.trace.tasks), np.iinfo(np.int64).min)
    wrong = np.zeros(len(examined.trace.tasks), np.bool_)
    name = ORDERED[0]
    for column in ORDERED:
        values, there = examined.numbers("tasks", column)
        early = there & (values < latest)
        if early.any() and not wrong.any():
            name = column
        wrong |= early
        latest = np.where(there, np.maximum(latest, values), latest)
    return Breach("tasks", name, wrong, "lies before an earlier phase")


def _begun(examined: Examined) -> Mask:
    return examined.known("tasks", "run_start")


def _finished(examined: Examined) -> Mask:
    return np.asarray(examined.trace.tasks["status"].isin(["ok", "error"]).to_numpy(bool))


def _cpu_within_wall(examined: Examined) -> Breach | None:
    (start, begun), (end, ended), (cpu, measured) = (
        examined.numbers("tasks", column) for column in ("run_start", "run_end", "cpu_ns")
    )
    wrong = measured & begun & ended & (cpu > (end - start) * 1.02 + CPU_SPARE_NS)
    return Breach("tasks", "cpu_ns", wrong, "is more than the run took", True)


def _affinity(examined: Examined) -> Breach | None:
    wrong = [
        cores is not None and not (len(cores) <= CORES and all(_is_core(core) for core in cores))
        for cores in examined.trace.processes["affinity"].tolist()
    ]
    return Breach("processes", "affinity", np.array(wrong, np.bool_), "is no list of cores", True)


def _is_core(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < CORES


def _main(examined: Examined) -> Breach | None:
    """A trace has a main process. (One that is read from journals is given what is known of it.)"""
    has = bool((examined.trace.processes["role"] == "main").any())
    return Breach(
        "processes", "role", np.full(len(examined.trace.processes) or 1, not has), "is nowhere main"
    )


def _times(table: definitions.Table, cells: bool) -> list[Rule]:
    return between(table.name, table.times, -LATEST_NS, LATEST_NS, cells)


_TASK = ("process", "worker_pid", "worker_tid")

RULES: list[Rule] = [
    *(rule for table in definitions.TABLES for rule in short(table, LONGEST_TEXT)),
    # Processes
    *known("processes", "process", "pid", "role", "name"),
    *between("processes", ["process", "pid"], 0, 1 << 31, cells=False),
    unique("processes", "process"),
    among("processes", "role", sorted(PROCESS_ROLES)),
    *between("processes", ["ppid"], 0, 1 << 31),
    *between("processes", ["exitcode"], -(1 << 31), 1 << 32),
    *between("processes", ["cpu_ns"], 0, LARGEST),
    *between("processes", ["stop_signal"], 1, 64),
    among("processes", "failed_in", ["function", "initializer", "import", "unguarded"], cells=True),
    *_times(definitions.PROCESSES, cells=True),
    *in_order("processes", LIFE, cells=True),
    _affinity,
    # Tasks
    *known("tasks", "task", "pool", "kind", "status"),
    *between("tasks", ["task", "pool"], 0, LARGEST, cells=False),
    unique("tasks", "task"),
    among("tasks", "status", STATUSES),
    *_times(definitions.TASKS, cells=False),
    *between("tasks", ["items"], 1, 1 << 32),
    *between("tasks", ["core_start", "core_end"], 0, CORES - 1),
    *between("tasks", ["args_bytes", "result_bytes", "cpu_ns", "runq_ns"], 0, LARGEST),
    *between("tasks", ["worker_pid", "worker_tid"], 0, 1 << 32, cells=False),
    refers("tasks", "process", to="processes"),
    _stamps_in_order,
    *(not_before("tasks", first, second) for first, second in AFTER),
    *(present_where("tasks", column, "the task ran", _begun) for column in _TASK),
    *(present_where("tasks", column, "the task ended", _finished) for column in ("run_start", "run_end")),
    _cpu_within_wall,
    apart("tasks", ("process", "worker_tid"), "run_start", "run_end", "thread"),
    # Items
    *known("items", "task", "item", "start", "end", "status"),
    *_times(definitions.ITEMS, cells=False),
    *between("items", ["item"], 0, 1 << 32, cells=False),
    *between("items", ["core_start", "core_end"], 0, CORES - 1),
    among("items", "status", STATUSES),
    refers("items", "task", to="tasks"),
    unique("items", "task", "item"),
    not_before("items", "start", "end"),
    # Slices
    *known("slices", "core", "pid", "tid", "start", "end", "reason"),
    *_times(definitions.SLICES, cells=False),
    *between("slices", ["core"], 0, CORES - 1, cells=False),
    *between("slices", ["pid", "tid"], -1, 1 << 32, cells=False),
    among("slices", "reason", REASONS),
    refers("slices", "process", to="processes"),
    not_before("slices", "start", "end"),
    apart("slices", ("core",), "start", "end", "core"),
    apart("slices", ("pid", "tid"), "start", "end", "thread"),
    # Spans
    *known("spans", "process", "pid", "tid", "category", "name", "start"),
    *_times(definitions.SPANS, cells=False),
    *between("spans", ["pid", "tid"], -1, 1 << 32, cells=False),
    *between("spans", ["core_start", "core_end"], 0, CORES - 1),
    refers("spans", "process", to="processes"),
    not_before("spans", "start", "end"),
    # Threads
    *known("threads", "process", "pid", "tid", "name", "role"),
    *_times(definitions.THREADS, cells=True),
    *between("threads", ["pid", "tid"], -1, 1 << 32, cells=False),
    among("threads", "role", sorted(THREAD_ROLES)),
    refers("threads", "process", to="processes"),
    not_before("threads", "started", "ended", cells=True),
    # Standing
    *known("standing", "process", "pid", "tid", "since", "seen", "wait"),
    *_times(definitions.STANDING, cells=False),
    *between("standing", ["pid", "tid"], 0, 1 << 32, cells=False),
    *between("standing", ["woke"], 0, LARGEST),
    *between("standing", ["limited", "asked"], 0, 1),
    among("standing", "wait", WAITS),
    refers("standing", "process", to="processes"),
    not_before("standing", "since", "seen"),
    not_before("standing", "still", "seen", cells=True),
    # Others
    *known("others", "core", "pid", "name", "start", "end"),
    *_times(definitions.OTHERS, cells=False),
    *between("others", ["core"], 0, CORES - 1, cells=False),
    *between("others", ["pid"], -1, 1 << 32, cells=False),
    not_before("others", "start", "end"),
    apart("others", ("core",), "start", "end", "core"),
]
