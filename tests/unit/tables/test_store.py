"""`tracer.tables.store`: what is saved is what is loaded, and what is not a trace is one clear line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tracer.errors import TraceError
from tracer.tables import definitions, store
from tracer.tables.tables import Tables

META = dict.fromkeys(definitions.META, "x") | {
    "losses": {"full disk": 3},
    "argv": ["a", "\udcff"],
    "cpu_count": 2,
    "affinity": [0, 1],
    "origin_unix_ns": 1_700_000_000_000_000_000,
    "core_source": "stamps",
}


def make_trace() -> Tables:
    task = {
        "task": 0,
        "pool": 0,
        "kind": "Pool",
        "function": "m.f",
        "host": "h",
        "process": 1,
        "status": "ok",
    }
    ran = {"worker_pid": 8, "worker_tid": 8}
    return Tables(
        tasks=definitions.TASKS.from_rows(
            [
                task | ran | {"submitted": 10, "run_start": 2**53 + 1, "run_end": 2**55},
                task | {"task": 1, "status": "lost", "args_bytes": 12, "error": "WorkerDied"},
            ]
        ),
        processes=definitions.PROCESSES.from_rows(
            [
                {"host": "h", "process": 0, "pid": 7, "name": "a", "role": "main", "affinity": [0, 1]},
                {"host": "h", "process": 1, "pid": 8, "name": "b", "role": "worker", "affinity": None},
            ]
        ),
        spans=definitions.SPANS.from_rows(
            [
                {"process": 1, "pid": 8, "tid": 8, "category": "user", "name": "læs\n[red]", "start": 1}
                | {"end": 2, "data": "{}"}
            ]
        ),
        meta=META,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's `trace/` folder with a small whole trace in it."""
    store.save(make_trace(), tmp_path / "run" / "trace")
    return tmp_path / "run" / "trace"


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def failure(path: Path) -> str:
    """The message of the error that loading `path` raises, which is one line."""
    with pytest.raises(TraceError) as caught:
        store.load(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def replace(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


@pytest.mark.parametrize("given", ["trace", "run"])
def test_round_trip(folder: Path, given: str) -> None:
    """Tables, dtypes, missing values and metadata come back, from the run's folder or its trace/."""
    before, after = make_trace(), store.load(folder if given == "trace" else folder.parent)
    for table in definitions.TABLES:
        pd.testing.assert_frame_equal(getattr(after, table.name), getattr(before, table.name))
    assert after.meta == META
    assert after.processes["affinity"].tolist() == [[0, 1], None]


def test_empty_round_trip(tmp_path: Path) -> None:
    """A trace in which nothing happened but its main process is a trace."""
    main = definitions.PROCESSES.from_rows([{"process": 0, "pid": 7, "name": "a", "role": "main"}])
    store.save(Tables(processes=main, meta=META), tmp_path)
    for table in definitions.TABLES[2:]:
        pd.testing.assert_frame_equal(getattr(store.load(tmp_path), table.name), table.empty())
    pd.testing.assert_frame_equal(store.load(tmp_path).processes, main)


def test_other_readers_see_integers(folder: Path) -> None:
    """`pandas.read_parquet` alone gives integer dtypes, also where values are missing, and lists of cores."""
    tasks = pd.read_parquet(folder / "tasks.parquet")
    assert tasks["run_start"].dtype == pd.Int64Dtype()
    assert tasks["run_start"].tolist() == [2**53 + 1, pd.NA]
    assert pd.api.types.is_integer_dtype(tasks["delivered"])
    assert list(pd.read_parquet(folder / "processes.parquet")["affinity"][0]) == [0, 1]


def test_no_temporary_is_left(folder: Path) -> None:
    """The folder holds the tables and meta.json, and nothing else, also after a second save."""
    store.save(make_trace(), folder)
    expected = {f"{table.name}.parquet" for table in definitions.TABLES} | {"meta.json"}
    assert {path.name for path in folder.iterdir()} == expected


def test_failed_save_keeps_the_old_trace(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full while tables are written costs the new trace only, and leaves no temporary file."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(folder.iterdir())
    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(TraceError, match="No space left"):
        store.save(Tables(meta=META), folder)
    assert sorted(folder.iterdir()) == before
    assert len(store.load(folder).tasks) == 2


def test_interrupted_save_is_recognised(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save that stops between two renames leaves a folder that says that it is half a trace."""
    renames = 0
    rename = os.replace

    def some(path: Path, target: Path) -> None:
        nonlocal renames
        renames += 1
        if renames > 2:
            raise KeyboardInterrupt
        rename(path, target)

    monkeypatch.setattr(os, "replace", some)
    with pytest.raises(KeyboardInterrupt):
        store.save(make_trace(), folder)
    assert "half a trace" in failure(folder)


def test_save_refuses_incomplete_metadata(tmp_path: Path) -> None:
    """A trace that could not be loaded again is not written."""
    with pytest.raises(TraceError, match="core_source"):
        store.save(Tables(meta={key: value for key, value in META.items() if key != "core_source"}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_not_a_trace(tmp_path: Path, folder: Path) -> None:
    """A path that does not exist, a file, and an empty folder each say what they are."""
    assert "no such folder" in failure(tmp_path / "nowhere")
    assert "not a folder" in failure(folder / "meta.json")
    (tmp_path / "empty").mkdir()
    assert "not a trace" in failure(tmp_path / "empty")
    store.save(make_trace(), tmp_path / "runs" / "mine" / "trace")
    assert failure(tmp_path / "runs").endswith(f"a run's folder in it, such as {tmp_path / 'runs' / 'mine'}")


@pytest.mark.parametrize(
    "table", [one for one in definitions.TABLES if not one.is_later], ids=lambda table: table.name
)
def test_missing_file(folder: Path, table: definitions.Table) -> None:
    """A missing table is named."""
    (folder / f"{table.name}.parquet").unlink()
    assert f"{table.name}.parquet: missing" in failure(folder)


@pytest.mark.parametrize("keep", [0, 3, 100, -1])
def test_truncated_parquet(folder: Path, keep: int) -> None:
    """A Parquet file cut anywhere is called truncated, by name."""
    path = folder / "tasks.parquet"
    path.write_bytes(path.read_bytes()[:keep])
    assert "tasks.parquet: truncated or damaged" in failure(folder)


def test_damaged_page(folder: Path) -> None:
    """A bit that flipped inside a page's values is an error and not a wrong number."""
    path = folder / "tasks.parquet"
    offset = pq.read_metadata(path).row_group(0).column(9).data_page_offset
    size = pq.read_metadata(path).row_group(0).column(9).total_compressed_size
    data = bytearray(path.read_bytes())
    data[offset + size - 1] ^= 1
    path.write_bytes(data)
    assert "tasks.parquet: truncated or damaged" in failure(folder)


def test_a_column_that_came_later_is_empty(folder: Path) -> None:
    """A trace of an earlier version has none of `submitter` and `library`."""
    rewrite(folder / "tasks.parquet", lambda table: table.drop_columns(["submitter"]))
    for name in ("processes", "threads"):
        rewrite(folder / f"{name}.parquet", lambda table: table.drop_columns(["library"]))
    trace = store.load(folder)
    for frame, name in ((trace.tasks, "submitter"), (trace.processes, "library"), (trace.threads, "library")):
        assert frame[name].dtype == "string"
        assert frame[name].isna().all()


def test_missing_column(folder: Path) -> None:
    """A missing column is named with its file."""
    rewrite(folder / "items.parquet", lambda table: table.drop_columns(["start"]))
    assert "items.parquet: no column start" in failure(folder)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("run_start", pa.array([1.5, 2.0]), "column run_start is double, not integers"),
        ("status", pa.array([1, 2]), "column status is int64, not text"),
        ("task", pa.array([2**63, 1], pa.uint64()), "column task"),
    ],
)
def test_wrong_dtype(folder: Path, name: str, values: pa.Array, message: str) -> None:
    """A column of another type, or with values that do not fit, is named with what was found."""
    rewrite(folder / "tasks.parquet", lambda table: replace(table, name, values))
    assert message in failure(folder)


def test_what_others_wrote_is_accepted(folder: Path) -> None:
    """Extra columns are dropped; narrower integers, dictionaries of text and columns of nulls are read."""

    def change(table: pa.Table) -> pa.Table:
        table = replace(table, "pool", pa.array([0, 0], pa.int8()))
        table = replace(table, "kind", pa.array(["Pool", "Pool"]).dictionary_encode())
        table = replace(table, "delivered", pa.nulls(2))
        return table.append_column("mine", pa.array(np.arange(2.0))).replace_schema_metadata(None)

    rewrite(folder / "tasks.parquet", change)
    pd.testing.assert_frame_equal(store.load(folder).tasks, make_trace().tasks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        (json.dumps({key: 1 for key in definitions.META if key != "argv"}), "no key argv"),
        *((json.dumps(META | {key: []}), key) for key in definitions.META if key not in ("argv", "affinity")),
        (json.dumps(META | {"losses": {"records": -1}}), "losses"),
        (json.dumps(META | {"affinity": [1 << 40]}), "affinity"),
        *((json.dumps(META | {key: -1}), key) for key in definitions.META_MORE),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_bad_metadata(folder: Path, text: str, message: str) -> None:
    """A meta.json that is not JSON, is no object or lacks a key is named with what is wrong."""
    (folder / "meta.json").write_text(text)
    assert f"meta.json: {message}" in failure(folder)
