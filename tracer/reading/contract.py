"""What every trace keeps (DESIGN 4), so that nothing that reads its tables has to ask again.

    journals ─► tables ─► mended(trace): what breaks a rule is left out, and counted in `losses`
    Parquet ──► tables ─► refusal(trace): what breaks a rule first, as one line

A crash can leave records that say what cannot be, and the rest is worth having; in a saved trace only a
stranger can. Rules are taken in order, each on what those before it left: ranges, keys, references between
tables, the order of stamps, overlaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.reading import tables
from tracer.reading.columns import Integers
from tracer.reading.statuses import STATUSES
from tracer.reading.switches import REASONS
from tracer.reading.trace import Trace

Mask = NDArray[np.bool_]

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
ROLES = frozenset(_words("main process worker manager forkserver resource_tracker subprocess tracer"))
THREAD_ROLES = frozenset(
    _words(
        """main task_handler result_handler worker_handler queue_feeder executor_manager worker user
        pin_memory event_loop native"""
    )
)
OVERLAPS_NS = 50_000
"""A CPU clock may say so much more than the run's wall clock, beside a fiftieth of it."""


@dataclass(frozen=True)
class Breach:
    """Rows of a table that break a rule: `what` says of `column` how.

    With `cells`, the value alone is wrong, and the row is worth something without it.
    """

    table: str
    column: str
    rows: Mask
    what: str
    cells: bool = False


class _Examined:
    """A trace that is examined against the rules, its columns as plain arrays, each made once."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._columns: dict[tuple[str, str], tuple[Integers, Mask]] = {}
        self._known: dict[tuple[str, str], Mask] = {}

    def frame(self, table: str) -> pd.DataFrame:
        frame: pd.DataFrame = getattr(self.trace, table)
        return frame

    def known(self, table: str, column: str) -> Mask:
        """Return where a column has a value."""
        key = table, column
        if key not in self._known:
            self._known[key] = ~np.asarray(self.frame(table)[column].array.isna(), np.bool_)
        return self._known[key]

    def numbers(self, table: str, column: str) -> tuple[Integers, Mask]:
        """Return an integer column: its values (0 where missing), and where it has one."""
        key = table, column
        if key not in self._columns:
            values = self.frame(table)[column].array.to_numpy(np.int64, na_value=0)
            self._columns[key] = np.asarray(values, np.int64), self.known(table, column)
        return self._columns[key]

    def leave_out(self, breach: Breach) -> None:
        """Drop the rows of a breach, or their values in its column."""
        frame = self.frame(breach.table)
        if not breach.cells:
            frame = frame[~breach.rows].reset_index(drop=True)
        elif frame[breach.column].dtype == object:
            values = [
                None if wrong else value
                for value, wrong in zip(frame[breach.column], breach.rows, strict=True)
            ]
            frame = frame.assign(**{breach.column: pd.Series(values, dtype=object)})
        else:
            frame = frame.assign(**{breach.column: frame[breach.column].mask(breach.rows)})
        changed: dict[str, Any] = {breach.table: frame}
        self.trace = replace(self.trace, **changed)
        memories: tuple[dict[tuple[str, str], Any], ...] = (self._columns, self._known)
        for memory in memories:
            for key in [key for key in memory if key[0] == breach.table]:
                del memory[key]


Rule = Callable[[_Examined], Breach | None]


def mended(trace: Trace) -> tuple[Trace, int]:
    """Return the trace without what breaks a rule, and how many rows and values that were."""
    examined, count = _Examined(trace), 0
    for rule in RULES:
        breach = rule(examined)
        if breach is not None and breach.rows.any():
            count += int(breach.rows.sum())
            examined.leave_out(breach)
    return examined.trace, count


def refusal(trace: Trace) -> Breach | None:
    """Return the first rule that the trace breaks, None where it keeps them all."""
    examined = _Examined(trace)
    for rule in (*RULES, _main):
        breach = rule(examined)
        if breach is not None and breach.rows.any():
            return breach
    return None


# Rules on single columns.


def _known(table: str, *columns: str) -> list[Rule]:
    def rule(column: str) -> Rule:
        def missing(examined: _Examined) -> Breach | None:
            return Breach(table, column, ~examined.known(table, column), "is missing")

        return missing

    return [rule(column) for column in columns]


def _between(table: str, columns: Iterable[str], least: int, most: int, cells: bool = True) -> list[Rule]:
    def rule(column: str) -> Rule:
        def outside(examined: _Examined) -> Breach | None:
            values, known = examined.numbers(table, column)
            wrong = known & ((values < least) | (values > most))
            return Breach(table, column, wrong, f"is not between {least} and {most}", cells)

        return outside

    return [rule(column) for column in columns]


def _among(table: str, column: str, allowed: Iterable[str], cells: bool = False) -> Rule:
    words = list(allowed)

    def other(examined: _Examined) -> Breach | None:
        texts = examined.frame(table)[column]
        wrong = ~(texts.isin(words) | texts.isna()).to_numpy(bool)
        return Breach(table, column, wrong, f"is none of {', '.join(words)}", cells)

    return other


def _short(table: tables.Table) -> list[Rule]:
    def rule(column: str) -> Rule:
        def long(examined: _Examined) -> Breach | None:
            lengths = examined.frame(table.name)[column].str.len().fillna(0).to_numpy(np.int64)
            return Breach(table.name, column, lengths > LONGEST_TEXT, "is too long a text", True)

        return long

    return [rule(name) for name, dtype in table.columns.items() if dtype == tables.TEXT]


def _unique(table: str, *columns: str) -> Rule:
    def repeated(examined: _Examined) -> Breach | None:
        again = examined.frame(table).duplicated(list(columns)).to_numpy(bool)
        return Breach(table, columns[-1], again, "repeats")

    return repeated


def _refers(table: str, column: str, to: str, cells: bool = False) -> Rule:
    def dangling(examined: _Examined) -> Breach | None:
        values, known = examined.numbers(table, column)
        there, _ = examined.numbers(to, column)
        return Breach(table, column, known & ~np.isin(values, there), f"is not in the table {to}", cells)

    return dangling


# Rules between columns.


def _not_before(table: str, first: str, second: str, cells: bool = False) -> Rule:
    def early(examined: _Examined) -> Breach | None:
        (begin, has_begin), (end, has_end) = examined.numbers(table, first), examined.numbers(table, second)
        wrong = has_begin & has_end & (end < begin)
        return Breach(table, second, wrong, f"lies before {first}", cells)

    return early


def _in_order(table: str, columns: tuple[str, ...], cells: bool) -> list[Rule]:
    """Each of the columns is at or after all that come before it in the list."""

    def rule(place: int) -> Rule:
        def early(examined: _Examined) -> Breach | None:
            latest = np.full(len(examined.frame(table)), np.iinfo(np.int64).min)
            for column in columns[:place]:
                values, known = examined.numbers(table, column)
                latest = np.where(known, np.maximum(latest, values), latest)
            values, known = examined.numbers(table, columns[place])
            return Breach(
                table, columns[place], known & (values < latest), "lies before what precedes it", cells
            )

        return early

    return [rule(place) for place in range(1, len(columns))]


def _stamps_in_order(examined: _Examined) -> Breach | None:
    """The phases of a task, in one pass: there may be a million of them."""
    latest = np.full(len(examined.trace.tasks), np.iinfo(np.int64).min)
    wrong = np.zeros(len(examined.trace.tasks), np.bool_)
    name = ORDERED[0]
    for column in ORDERED:
        values, known = examined.numbers("tasks", column)
        early = known & (values < latest)
        if early.any() and not wrong.any():
            name = column
        wrong |= early
        latest = np.where(known, np.maximum(latest, values), latest)
    return Breach("tasks", name, wrong, "lies before an earlier phase")


def _with(table: str, column: str, condition: str, needs: Callable[[_Examined], Mask]) -> Rule:
    """`column` is known wherever `needs` says that it must be; `condition` is that in words."""

    def missing(examined: _Examined) -> Breach | None:
        wrong = ~examined.known(table, column) & needs(examined)
        return Breach(table, column, wrong, f"is missing where {condition}")

    return missing


def _begun(examined: _Examined) -> Mask:
    return examined.known("tasks", "run_start")


def _finished(examined: _Examined) -> Mask:
    return np.asarray(examined.trace.tasks["status"].isin(["ok", "error"]).to_numpy(bool))


def _cpu_within_wall(examined: _Examined) -> Breach | None:
    (start, begun), (end, ended), (cpu, known) = (
        examined.numbers("tasks", column) for column in ("run_start", "run_end", "cpu_ns")
    )
    wrong = known & begun & ended & (cpu > (end - start) * 1.02 + OVERLAPS_NS)
    return Breach("tasks", "cpu_ns", wrong, "is more than the run took", True)


def _apart(table: str, keys: tuple[str, ...], start: str, end: str, where: str) -> Rule:
    """Intervals with the same `keys` do not overlap: one that begins before another's end is wrong."""

    def overlapping(examined: _Examined) -> Breach | None:
        if table == "slices" and examined.trace.meta.get("core_source") != "kernel":
            return None
        (begin, has_begin), (stop, has_stop) = examined.numbers(table, start), examined.numbers(table, end)
        columns = [examined.numbers(table, key)[0] for key in keys]
        whole = np.flatnonzero(has_begin & has_stop)
        order = whole[np.lexsort((stop[whole], begin[whole], *(c[whole] for c in reversed(columns))))]
        wrong = np.zeros(len(begin), np.bool_)
        if len(order) > 1:
            same = np.logical_and.reduce([c[order[1:]] == c[order[:-1]] for c in columns])
            group = np.cumsum(np.append(0, ~same))
            # The latest end so far within each group: groups are lifted apart by more than all times span.
            span = int(stop[order].max()) - int(begin[order].min()) + 1
            if span * (int(group[-1]) + 1) < 1 << 62:
                lifted = stop[order] - int(begin[order].min()) + group * span
                latest = np.maximum.accumulate(lifted) - group * span + int(begin[order].min())
            else:
                latest = pd.Series(stop[order]).groupby(group).cummax().to_numpy(np.int64)
            wrong[order[1:]] = same & (begin[order[1:]] < latest[:-1])
        return Breach(table, start, wrong, f"lies within another of the same {where}")

    return overlapping


def _affinity(examined: _Examined) -> Breach | None:
    wrong = [
        cores is not None and not (len(cores) <= CORES and all(_is_core(core) for core in cores))
        for cores in examined.trace.processes["affinity"].tolist()
    ]
    return Breach("processes", "affinity", np.array(wrong, np.bool_), "is no list of cores", True)


def _is_core(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < CORES


def _main(examined: _Examined) -> Breach | None:
    """A trace has a main process. (One that is read from journals is given what is known of it.)"""
    has = bool((examined.trace.processes["role"] == "main").any())
    return Breach(
        "processes", "role", np.full(len(examined.trace.processes) or 1, not has), "is nowhere main"
    )


def _times(table: tables.Table, cells: bool) -> list[Rule]:
    return _between(table.name, table.times, -LATEST_NS, LATEST_NS, cells)


_TASK = ("process", "worker_pid", "worker_tid")

RULES: list[Rule] = [
    *(rule for table in tables.TABLES for rule in _short(table)),
    # Processes
    *_known("processes", "process", "pid", "role", "name"),
    *_between("processes", ["process", "pid"], 0, 1 << 31, cells=False),
    _unique("processes", "process"),
    _among("processes", "role", sorted(ROLES)),
    *_between("processes", ["ppid"], 0, 1 << 31),
    *_between("processes", ["exitcode"], -(1 << 31), 1 << 32),
    *_between("processes", ["cpu_ns"], 0, LARGEST),
    *_times(tables.PROCESSES, cells=True),
    *_in_order("processes", LIFE, cells=True),
    _affinity,
    # Tasks
    *_known("tasks", "task", "pool", "kind", "status"),
    *_between("tasks", ["task", "pool"], 0, LARGEST, cells=False),
    _unique("tasks", "task"),
    _among("tasks", "status", STATUSES),
    *_times(tables.TASKS, cells=False),
    *_between("tasks", ["items"], 1, 1 << 32),
    *_between("tasks", ["core_start", "core_end"], 0, CORES - 1),
    *_between("tasks", ["args_bytes", "result_bytes", "cpu_ns", "runq_ns"], 0, LARGEST),
    *_between("tasks", ["worker_pid", "worker_tid"], 0, 1 << 32, cells=False),
    _refers("tasks", "process", to="processes"),
    _stamps_in_order,
    *(_not_before("tasks", first, second) for first, second in AFTER),
    *(_with("tasks", column, "the task ran", _begun) for column in _TASK),
    *(_with("tasks", column, "the task ended", _finished) for column in ("run_start", "run_end")),
    _cpu_within_wall,
    _apart("tasks", ("process", "worker_tid"), "run_start", "run_end", "thread"),
    # Items
    *_known("items", "task", "item", "start", "end", "status"),
    *_times(tables.ITEMS, cells=False),
    *_between("items", ["item"], 0, 1 << 32, cells=False),
    *_between("items", ["core_start", "core_end"], 0, CORES - 1),
    _among("items", "status", STATUSES),
    _refers("items", "task", to="tasks"),
    _unique("items", "task", "item"),
    _not_before("items", "start", "end"),
    # Slices
    *_known("slices", "core", "pid", "tid", "start", "end", "reason"),
    *_times(tables.SLICES, cells=False),
    *_between("slices", ["core"], 0, CORES - 1, cells=False),
    *_between("slices", ["pid", "tid"], -1, 1 << 32, cells=False),
    _among("slices", "reason", REASONS),
    _refers("slices", "process", to="processes"),
    _not_before("slices", "start", "end"),
    _apart("slices", ("core",), "start", "end", "core"),
    _apart("slices", ("pid", "tid"), "start", "end", "thread"),
    # Spans
    *_known("spans", "process", "pid", "tid", "category", "name", "start"),
    *_times(tables.SPANS, cells=False),
    *_between("spans", ["pid", "tid"], -1, 1 << 32, cells=False),
    *_between("spans", ["core_start", "core_end"], 0, CORES - 1),
    _refers("spans", "process", to="processes"),
    _not_before("spans", "start", "end"),
    # Threads
    *_known("threads", "process", "pid", "tid", "name", "role"),
    *_times(tables.THREADS, cells=True),
    *_between("threads", ["pid", "tid"], -1, 1 << 32, cells=False),
    _among("threads", "role", sorted(THREAD_ROLES)),
    _refers("threads", "process", to="processes"),
    _not_before("threads", "started", "ended", cells=True),
]
