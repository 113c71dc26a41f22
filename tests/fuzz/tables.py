"""Changes to the tables of a saved trace, from bytes to meanings."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.corpus import files
from tests.fuzz.damage import FILES, INTEGERS, TEXTS, change_json
from tracer.tables import definitions
from tracer.tables.statuses import STATUSES
from tracer.tables.tables import Tables


def damage(random: Random, run: Path) -> None:
    """Damage one file or two."""
    for _ in range(random.choice((1, 1, 2))):
        if whole := [path for path in files(run) if path.is_file()]:
            random.choice(FILES)(random, random.choice(whole))


def metadata(random: Random, run: Path) -> None:
    """Change `meta.json`."""
    change_json(random, run / "trace" / "meta.json")


def columns(random: Random, run: Path) -> None:
    """Take a column away, double it, rename it, or give it another type."""
    if (some := _some(random, run)) is None:
        return
    path, table = some
    name = random.choice(table.column_names)
    at, length = table.column_names.index(name), len(table)
    others: list[pa.Array] = [
        pa.nulls(length),
        pa.array(np.zeros(length)),
        pa.array([str(n) for n in range(length)]),
        pa.array([True] * length),
        pa.array([[1]] * length, pa.list_(pa.int64())),
        pa.array([b"\xff"] * length),
        pa.array([2**63] * length, pa.uint64()),
        pa.array(["a"] * length).dictionary_encode(),
        pa.array([n % 100 for n in range(length)], pa.int8()),
    ]
    how = random.randrange(4)
    if how == 0:
        table = table.drop_columns([name])
    elif how == 1:
        table = table.append_column(name, table[name])
    elif how == 2:
        table = table.rename_columns([*table.column_names[:at], "other", *table.column_names[at + 1 :]])
    else:
        table = table.set_column(at, name, random.choice(others))
    pq.write_table(table, path)


def _some(random: Random, run: Path) -> tuple[Path, pa.Table] | None:
    """Return a table with rows; None where an earlier damage has left none."""
    whole = [path for path in files(run) if path.suffix == ".parquet" and len(pq.read_table(path))]
    path = random.choice(whole) if whole else None
    return None if path is None else (path, pq.read_table(path))


def values(random: Random, trace: Tables) -> dict[str, pd.DataFrame]:
    """Set some values: to another row's, to one that is near, to anything."""
    some = [table for table in definitions.TABLES if len(getattr(trace, table.name))]
    if not some:
        return {}
    table = random.choice(some)
    frame = getattr(trace, table.name).copy()
    for _ in range(random.choice((1, 1, 2, 8))):
        column, row = random.choice(list(table.columns)), random.randrange(len(frame))
        old, other = frame[column].iloc[row], frame[column].iloc[random.randrange(len(frame))]
        if table.columns[column] == definitions.TEXT:
            new = random.choice((pd.NA, other, *STATUSES, *TEXTS))
        elif table.columns[column] == definitions.NUMBERS:
            new = random.choice((None, [], [-1], [0, 1 << 40], [0] * 100_000))
        else:
            near = (
                pd.NA
                if pd.isna(old)
                else max(min(int(old) + random.choice((-1, 1, 1000)), 2**63 - 1), -(2**63))
            )
            new = random.choice((pd.NA, pd.NA, other, near, near, *INTEGERS))
        cells = frame[column].tolist()
        cells[row] = new
        frame[column] = pd.Series(cells, dtype=table.columns[column])
    return {table.name: frame}


def rows(random: Random, trace: Tables) -> dict[str, pd.DataFrame]:
    """Take rows away, double them, put them in another order, or keep very few."""
    made = {}
    for table in random.sample(definitions.TABLES, random.choice((1, 1, 2, 6))):
        frame = getattr(trace, table.name)
        places = list(range(len(frame)))
        some = [place for place in places if random.random() < 0.7]
        chosen = random.choice(
            (some, some, places + some, random.sample(places, len(places)), [], places[:1], places[-1:])
        )
        made[table.name] = frame.iloc[chosen].reset_index(drop=True)
    return made


def unknown(random: Random, trace: Tables) -> dict[str, pd.DataFrame]:
    """Let a machine not have told something: whole columns are missing."""
    made = {}
    for table in random.sample(definitions.TABLES, random.choice((1, 2, 6))):
        frame = getattr(trace, table.name).copy()
        for column in random.sample(list(table.columns), random.choice((1, 2, 6))):
            frame[column] = pd.Series([None] * len(frame), dtype=table.columns[column])
        made[table.name] = frame
    return made


def times(random: Random, trace: Tables) -> dict[str, pd.DataFrame]:
    """Stretch, squeeze, shift or round all times: everything at one instant, a run of a year."""
    factor = random.choice((0, 0, 1, 1, 1000, 10**6))
    divisor = random.choice((1, 1, 10**3, 10**6, 10**9))
    shift = random.choice((0, 0, -(10**9), 10**9, 10**15))
    made = {}
    for table in definitions.TABLES:
        frame = getattr(trace, table.name).copy()
        for column in table.times:
            frame[column] = frame[column] * factor // divisor + shift
        for column in {"cpu_ns", "runq_ns"} & set(table.columns):
            frame[column] = frame[column] * factor // divisor
        made[table.name] = frame
    return made


def endings(random: Random, trace: Tables) -> dict[str, pd.DataFrame]:
    """Let other things have become of the tasks and processes, as the contract allows."""
    tasks, processes = trace.tasks.copy(), trace.processes.copy()
    after = ["run_end", "result_pickled", "result_sent", "result_received", "result_unpickled", "delivered"]
    begun = ["wait_start", "lock_acquired", "received", "run_start"]
    who = ["process", "worker_pid", "worker_tid"]
    status = tasks["status"].tolist()
    for row in range(len(tasks)):
        how = random.random()
        if how < 0.3:
            status[row] = random.choice(STATUSES[2:].tolist())
            tasks.loc[row, [*after, "cpu_ns", "runq_ns"]] = pd.NA
            if how < 0.15:
                tasks.loc[row, [*begun, *who]] = pd.NA
        elif how < 0.4:
            tasks.loc[row, ["submitted", "pickle_start", "pickle_end", "sent", "args_bytes"]] = pd.NA
        elif how < 0.5:
            tasks.loc[row, ["result_received", "result_unpickled", "delivered"]] = pd.NA
    tasks["status"] = pd.Series(status, dtype=definitions.TEXT)
    for row in range(len(processes)):
        if random.random() < 0.3:
            columns = [
                "start_called",
                "forked",
                "started",
                "target_start",
                "target_end",
                "exited",
                "exitcode",
            ]
            processes.loc[row, random.sample(columns, 2)] = pd.NA
        if random.random() < 0.2:
            processes.loc[row, "role"] = random.choice(("process", "worker", "manager", "subprocess", "main"))
    return {"tasks": tasks, "processes": processes}


def mixed(random: Random, trace: Tables) -> dict[str, pd.DataFrame]:
    """Give tasks to other workers, pools and kinds; many items, large messages."""
    tasks = trace.tasks.copy()
    for column, choices in (
        ("kind", ("Pool", "ThreadPool", "ProcessPoolExecutor", "ThreadPoolExecutor", "Queue", "loky")),
        ("pool", (0, 1, 2, 1 << 40)),
        ("items", (1, 7, 1 << 20, 1 << 32)),
        ("args_bytes", (0, 70_000, 1 << 40)),
        ("result_bytes", (0, 70_000, 1 << 40)),
        ("process", tuple(trace.processes["process"])),
    ):
        if random.random() < 0.4:
            dtype = tasks[column].dtype
            chosen = [random.choice(choices) for _ in range(len(tasks))]
            tasks[column] = pd.Series(
                chosen if random.random() < 0.5 else chosen[:1] * len(tasks), dtype=dtype
            )
    return {"tasks": tasks}


FILES_OF_IT = (damage, metadata, columns)
MEANINGS = (values, values, rows, unknown, times, endings, endings, mixed)


def change(random: Random, run: Path) -> None:
    """Change the files of a saved trace."""
    random.choice(FILES_OF_IT)(random, run)


def changed(random: Random, trace: Tables) -> Tables:
    """Return a trace of which something else is said; a quarter of them of which two things are."""
    for each in random.sample(MEANINGS, 2 if random.random() < 0.25 else 1):
        frames = {table.name: getattr(trace, table.name) for table in definitions.TABLES}
        trace = Tables(**frames | each(random, trace), meta=trace.meta)
    return trace
