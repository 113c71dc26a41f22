"""Rules for the columns of a trace: what each makes sure of, and which rows break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.tables import definitions
from tracer.tables.columns import Integers
from tracer.tables.tables import Tables

Mask = NDArray[np.bool_]


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


class Examined:
    """A trace that is examined against the rules, its columns as plain arrays, each made once."""

    def __init__(self, trace: Tables) -> None:
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


Rule = Callable[[Examined], Breach | None]


# Rules on single columns.


def known(table: str, *columns: str) -> list[Rule]:
    """Each of the columns has a value in every row."""

    def rule(column: str) -> Rule:
        def missing(examined: Examined) -> Breach | None:
            return Breach(table, column, ~examined.known(table, column), "is missing")

        return missing

    return [rule(column) for column in columns]


def between(table: str, columns: Iterable[str], least: int, most: int, cells: bool = True) -> list[Rule]:
    """Each of the columns is within its range where it has a value."""

    def rule(column: str) -> Rule:
        def outside(examined: Examined) -> Breach | None:
            values, known = examined.numbers(table, column)
            wrong = known & ((values < least) | (values > most))
            return Breach(table, column, wrong, f"is not between {least} and {most}", cells)

        return outside

    return [rule(column) for column in columns]


def among(table: str, column: str, allowed: Iterable[str], cells: bool = False) -> Rule:
    """A column of texts holds these alone."""

    words = list(allowed)

    def other(examined: Examined) -> Breach | None:
        texts = examined.frame(table)[column]
        wrong = ~(texts.isin(words) | texts.isna()).to_numpy(bool)
        return Breach(table, column, wrong, f"is none of {', '.join(words)}", cells)

    return other


def short(table: definitions.Table, longest: int) -> list[Rule]:
    """No text of the table is longer than so many characters."""

    def rule(column: str) -> Rule:
        def long(examined: Examined) -> Breach | None:
            lengths = examined.frame(table.name)[column].str.len().fillna(0).to_numpy(np.int64)
            return Breach(table.name, column, lengths > longest, "is too long a text", True)

        return long

    return [rule(name) for name, dtype in table.columns.items() if dtype == definitions.TEXT]


def unique(table: str, *columns: str) -> Rule:
    """No two rows have the same values in these columns."""

    def repeated(examined: Examined) -> Breach | None:
        again = examined.frame(table).duplicated(list(columns)).to_numpy(bool)
        return Breach(table, columns[-1], again, "repeats")

    return repeated


def refers(table: str, column: str, to: str, cells: bool = False) -> Rule:
    """What a column holds is in the column of that name of another table."""

    def dangling(examined: Examined) -> Breach | None:
        values, known = examined.numbers(table, column)
        there, _ = examined.numbers(to, column)
        return Breach(table, column, known & ~np.isin(values, there), f"is not in the table {to}", cells)

    return dangling


# Rules between columns.


def not_before(table: str, first: str, second: str, cells: bool = False) -> Rule:
    """`second` is at or after `first` where both are known."""

    def early(examined: Examined) -> Breach | None:
        (begin, has_begin), (end, has_end) = examined.numbers(table, first), examined.numbers(table, second)
        wrong = has_begin & has_end & (end < begin)
        return Breach(table, second, wrong, f"lies before {first}", cells)

    return early


def in_order(table: str, columns: tuple[str, ...], cells: bool) -> list[Rule]:
    """Each of the columns is at or after all that come before it in the list."""

    def rule(place: int) -> Rule:
        def early(examined: Examined) -> Breach | None:
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


def present_where(table: str, column: str, condition: str, needs: Callable[[Examined], Mask]) -> Rule:
    """`column` is known wherever `needs` says that it must be; `condition` is that in words."""

    def missing(examined: Examined) -> Breach | None:
        wrong = ~examined.known(table, column) & needs(examined)
        return Breach(table, column, wrong, f"is missing where {condition}")

    return missing


def apart(table: str, keys: tuple[str, ...], start: str, end: str, where: str) -> Rule:
    """Intervals with the same `keys` do not overlap: one that begins before another's end is wrong."""

    def overlapping(examined: Examined) -> Breach | None:
        if table == "slices" and examined.trace.meta.get("core_source") != "kernel":
            return None  # samples tell sums, not instants
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
