"""The tables of a trace: names, columns and dtypes, in the one place that knows them all.

Times are nanoseconds since the trace's origin in a nullable `Int64`; `<NA>` is "did not happen" or "not
measured". What each column means is in `tracer/help/tables.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

TIME = "Int64"
INTEGER = "Int64"
TEXT = "string"
NUMBERS = "object"  # a list of integers per row


@dataclass(frozen=True)
class Table:
    """One table: its name and the dtype of each column, in order; `times` are the columns that hold times.

    `later` are columns that traces of earlier versions lack; `is_later` says that they lack all of it.
    """

    name: str
    columns: Mapping[str, str]
    times: tuple[str, ...]
    later: tuple[str, ...] = ()
    is_later: bool = False

    def empty(self) -> pd.DataFrame:
        """Return the table without rows, every column with its dtype."""
        return self.frame({})

    def frame(self, columns: Mapping[str, Any]) -> pd.DataFrame:
        """Make the table of `columns` (name → array-like of one length); columns not given are missing."""
        length = max((len(values) for values in columns.values()), default=0)
        if unknown := set(columns) - set(self.columns):
            raise KeyError(f"{self.name} has no column {sorted(unknown)}")
        data = {}
        for name, dtype in self.columns.items():
            values = columns.get(name)
            data[name] = pd.Series([None] * length if values is None else values, dtype=dtype)
        return pd.DataFrame(data)

    def from_rows(self, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        """Make the table of mappings, one a row; a key that is absent is missing."""
        columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in self.columns}
        for name, dtype in self.columns.items():
            if dtype == TEXT:
                columns[name] = [value if value is None else printable(value) for value in columns[name]]
        return self.frame(columns)


def printable(text: str) -> str:
    """Return the text with what UTF-8 cannot say (a lone surrogate) written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _table(
    name: str,
    times: str = "",
    integers: str = "",
    texts: str = "",
    numbers: str = "",
    order: str = "",
    later: str = "",
    is_later: bool = False,
) -> Table:
    dtypes = dict.fromkeys(times.split(), TIME) | dict.fromkeys(integers.split(), INTEGER)
    dtypes |= dict.fromkeys(texts.split(), TEXT) | dict.fromkeys(numbers.split(), NUMBERS)
    columns = {column: dtypes[column] for column in order.split()}
    return Table(name, columns, tuple(times.split()), tuple(later.split()), is_later)


TASKS = _table(
    "tasks",
    times="""submitted pickle_start pickle_end sent wait_start lock_acquired received run_start run_end
        result_pickled result_sent result_received result_unpickled delivered""",
    integers="""pool task items process worker_pid worker_tid args_bytes result_bytes core_start core_end
        cpu_ns runq_ns""",
    texts="kind function host status error submitter label",
    order="""pool kind task function items host process worker_pid worker_tid submitted pickle_start
        pickle_end sent wait_start lock_acquired received run_start run_end result_pickled result_sent
        result_received result_unpickled delivered args_bytes result_bytes core_start core_end cpu_ns runq_ns
        status error submitter label""",
    later="submitter label",
)
PROCESSES = _table(
    "processes",
    times="start_called forked started target_start target_end exited stopped",
    integers="process pid ppid exitcode cpu_ns stop_signal",
    texts="host name role start_method library error failed_in native",
    numbers="affinity",
    order="""host process pid ppid name role start_method start_called forked started target_start
        target_end exited exitcode affinity cpu_ns library stopped stop_signal error failed_in
        native""",
    later="library stopped stop_signal error failed_in native",
)
ITEMS = _table(
    "items",
    times="start end",
    integers="task item core_start core_end",
    texts="status label",
    order="task item start end core_start core_end status label",
    later="label",
)
SLICES = _table(
    "slices",
    times="start end",
    integers="core process pid tid",
    texts="host reason",
    order="host core process pid tid start end reason",
)
SPANS = _table(
    "spans",
    times="start end",
    integers="process pid tid core_start core_end",
    texts="host category name data",
    order="host process pid tid category name start end core_start core_end data",
)
THREADS = _table(
    "threads",
    times="started ended",
    integers="process pid tid",
    texts="host name role library error",
    order="host process pid tid name role started ended library error",
    later="library error",
)
STANDING = _table(
    "standing",
    times="since seen still",
    integers="process pid tid asked woke limited",
    texts="host state wait object channel call wchan sigterm stack",
    order="""host process pid tid since seen still asked woke state wait object channel limited call wchan
        sigterm stack""",
    is_later=True,
)
OTHERS = _table(
    "others",
    times="start end",
    integers="core pid",
    texts="host name",
    order="host core pid name start end",
    is_later=True,
)

TABLES = [TASKS, PROCESSES, ITEMS, SLICES, SPANS, THREADS, STANDING, OTHERS]

META = (
    *("tracer_version", "command", "argv", "python", "platform", "hostname", "cpu_count", "affinity"),
    *("start_method", "origin_unix_ns", "core_source", "losses"),
)
"""What `meta.json` holds."""
META_MORE = (
    *("core_source_why", "cpu_model", "named_only", "no_spans", "headline", "oom_kills", "memory_limit"),
    "wakeups",
)
"""What it holds besides, and a reader does without: traces of earlier versions may lack it."""
