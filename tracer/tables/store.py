"""A trace on disk: one Parquet file a table and a `meta.json`, written so that half of one is recognised.

`meta.json` is the seal: it goes first when a trace is replaced and is put in place last, each file by a
rename within the folder. A folder without it is no trace, whatever else it holds.

The encodings, measured on a simulated `Pool(4)` of 10⁶ tasks (31 columns, `chunksize=1`, ns resolution), in
bytes a task:

    ==============================  ===========  ==========
                                    empty tasks  1 ms tasks
    ==============================  ===========  ==========
    times, DELTA_BINARY_PACKED             23.8        33.7
    times, BYTE_STREAM_SPLIT               28.0        39.6
    times, PLAIN                           29.4        40.0
    all 31 columns, as written here        25.0        39.2
    ==============================  ===========  ==========

All with zstd, whose level (1, 3, 9) changes nothing on packed deltas. The longer the tasks, the wider the
steps from row to row: a step of 1 ms is 20 bits, in 13 columns (and there are `cpu_ns` and `runq_ns` then).
A recorded `Pool(2)` of 200,000 empty tasks on a busy machine took 30.2. Saving 10⁶ tasks took 0.6 s and
35 MB beside the frames, loading them 1.0 s.
"""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tracer import files
from tracer.errors import TraceError
from tracer.tables import contract, meta
from tracer.tables.definitions import INTEGER, NUMBERS, TABLES, TEXT, TIME, Table
from tracer.tables.tables import Tables

_ARROW = {TIME: pa.int64(), INTEGER: pa.int64(), TEXT: pa.string(), NUMBERS: pa.list_(pa.int64())}
_PANDAS = {pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype()}
_WANTED = {INTEGER: "integers", TEXT: "text", NUMBERS: "lists of integers"}

# Integers that measure or count up, as the times do; the others name things that repeat: dictionaries.
_MEASURES = frozenset({"task", "item", "args_bytes", "result_bytes", "cpu_ns", "runq_ns"})

# A row group is what the writer holds encoded in memory; smaller ones cost bytes, larger ones gain nothing.
_ROWS_PER_GROUP = 256 * 1024

# What a file may unfold to, in rows and bytes for each byte of it; a million tasks have 0.04 and 6.
_MOST_ROWS_PER_BYTE = 8
_MOST_UNPACKED = 1024


def save(trace: Tables, folder: Path) -> None:
    """Write `trace` into `folder` (the `trace/` folder itself, made where it is missing).

    An older trace there is replaced; until the new one is fully written the old one stays as it was.
    Raises `TraceError` where the folder cannot be written or `trace.meta` lacks a key.
    """
    meta.check(trace.meta, folder / "meta.json")
    seal = folder / "meta.json"
    try:
        files.make_private(folder)
        with contextlib.ExitStack() as new:  # put in place from the last to the first: the seal at the end
            sealed = new.enter_context(files.replacing(seal))
            for table in TABLES:
                path = new.enter_context(files.replacing(folder / _file(table)))
                _write(table, getattr(trace, table.name), path)
            # ASCII: argv may hold surrogates (undecodable bytes), which UTF-8 refuses and JSON escapes carry.
            sealed.write_text(json.dumps(trace.meta, indent=2) + "\n", encoding="ascii")
            seal.unlink(missing_ok=True)
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.rmdir()  # if nothing is in it
        raise TraceError(f"{folder}: cannot save the trace: {error.strerror or error}") from error


def load(path: str | Path) -> Tables:
    """Read the trace at `path`: a run's folder or the `trace/` in it. Columns that no table has are dropped,
    and tables, that an earlier version did not write yet are empty.

    Raises `TraceError`, one line that names the file and the column: a folder that is no trace or half of
    one, a file that is missing, truncated or damaged, a column that is missing or of another type, a
    meta.json that is not JSON or lacks a key, anything that `tracer.tables.contract` rules out.
    """
    folder = _find(Path(path))
    known = meta.read(folder / "meta.json")
    trace = Tables(**{table.name: _read(table, folder / _file(table)) for table in TABLES}, meta=known)
    breach = contract.refusal(trace)
    if breach is not None:
        where = f"{folder / breach.table}.parquet: column {breach.column}"
        count = f"{breach.rows.sum():,} of {breach.rows.size:,} rows"
        raise TraceError(f"{where} {breach.what}, in {count}; not as tracer writes it, record the run again")
    return trace


def _file(table: Table) -> str:
    return f"{table.name}.parquet"


def _write(table: Table, frame: pd.DataFrame, path: Path) -> None:
    schema = pa.schema([(name, _ARROW[dtype]) for name, dtype in table.columns.items()])
    packed = [name for name in table.columns if name in table.times or name in _MEASURES]
    pq.write_table(
        pa.Table.from_pandas(frame, schema=schema, preserve_index=False),
        path,
        row_group_size=_ROWS_PER_GROUP,
        compression="zstd",
        compression_level=3,
        use_dictionary=[name for name in table.columns if name not in packed],
        column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED"),
        write_page_checksum=True,
    )


def _find(path: Path) -> Path:
    """Return the folder that holds the tables of `path`."""
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)  # since 3.14 `is_dir` hides all that may be wrong
        what = "is not a folder"
    except FileNotFoundError:
        is_folder, what = False, "no such folder"
    if not is_folder:
        raise TraceError(f"{path}: {what}; give a run's folder, or the trace/ in it")
    folder = path / "trace" if (path / "trace").is_dir() else path
    if (folder / "meta.json").is_file():
        return folder
    if any(folder.glob("*.parquet*")) or folder != path:
        raise TraceError(f"{folder}: half a trace: meta.json is missing, its run did not end; run it again")
    inside = min(path.glob("*/trace/meta.json"), default=None)
    such = f" in it, such as {inside.parent.parent}" if inside else ""
    raise TraceError(f"{path}: not a trace: no meta.json and no trace/ in it; give a run's folder{such}")


def _read(table: Table, path: Path) -> pd.DataFrame:
    if table.is_later and not path.exists():
        return table.empty()
    if not path.is_file():
        raise TraceError(f"{path}: missing; the trace is incomplete, record the run again")
    with (
        _readable(path),
        files.open_plain(path) as bytes_of,
        pq.ParquetFile(bytes_of, page_checksum_verification=True) as file,
    ):
        there = set(file.schema_arrow.names)
        wanted = [name for name in table.columns if name in there or name not in table.later]
        for name in wanted:
            _check_column(file.schema_arrow, name, table.columns[name], path)
        _check_size(file.metadata, path)
        data = file.read(columns=wanted, use_threads=False)
    for name in set(table.columns) - set(wanted):
        data = data.append_column(name, pa.nulls(data.num_rows, _ARROW[table.columns[name]]))
    columns = []
    for name, dtype in table.columns.items():
        try:
            columns.append(data[name].cast(_ARROW[dtype]))
        except pa.ArrowException as error:
            raise TraceError(f"{path}: column {name}: {error}; record the run again") from error
    frame: pd.DataFrame = pa.table(columns, names=list(table.columns)).to_pandas(types_mapper=_PANDAS.get)
    for name, dtype in table.columns.items():
        if dtype == NUMBERS:  # plain lists, as they were before: pyarrow makes arrays of them
            frame[name] = pd.Series(data[name].to_pylist(), dtype="object")
    return frame


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises on `path` into the one line."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise TraceError(f"{path}: cannot be read: {error.strerror}") from error
        raise TraceError(f"{path}: truncated or damaged, not whole Parquet; record the run again") from error


def _check_size(metadata: pq.FileMetaData, path: Path) -> None:
    """Refuse a file that says it holds more than its size can: nothing is allocated on its word."""
    size = path.stat().st_size
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    unpacked = sum(max(group.total_byte_size, 0) for group in groups)
    rows = sum(max(group.num_rows, 0) for group in groups)
    if max(rows, metadata.num_rows) > _MOST_ROWS_PER_BYTE * size or unpacked > _MOST_UNPACKED * size:
        raise TraceError(f"{path}: says that it holds {rows:,} rows, more than its size can; damaged?")


def _check_column(schema: pa.Schema, name: str, dtype: str, path: Path) -> None:
    found = schema.get_all_field_indices(name)
    if len(found) != 1:
        what = f"no column {name}" if not found else f"{len(found)} columns {name}"
        raise TraceError(f"{path}: {what}; written by another version? record the run again")
    kind = schema.field(found[0]).type
    if not _fits(kind, dtype):
        raise TraceError(f"{path}: column {name} is {kind}, not {_WANTED[dtype]}; record the run again")


def _fits(kind: pa.DataType, dtype: str) -> bool:
    """Whether a column of Arrow's `kind` can be read as `dtype`; one of nulls only has no type of its own."""
    if pa.types.is_null(kind):
        return True
    if dtype == INTEGER:
        return bool(pa.types.is_integer(kind))
    if dtype == NUMBERS:
        is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return bool(is_list and (pa.types.is_integer(kind.value_type) or pa.types.is_null(kind.value_type)))
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
