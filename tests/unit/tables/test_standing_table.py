"""The table `standing` from what the collector left, whole or damaged, and its times from slices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.traces import MAIN_PID, MS, S, child, main_process, trace
from tracer.record import schema
from tracer.tables import definitions
from tracer.tables.journals import Journals
from tracer.tables.messages import read_messages
from tracer.tables.records import Lifetime
from tracer.tables.standing import read_standing, since_slices, without_early_ends

ORIGIN = 10 * S
UID = f"{MAIN_PID}-1"
THREAD = {"process": UID, "tid": MAIN_PID, "since": ORIGIN + S, "woke": 0, "wait": "child", "state": "S"}


def looks(*threads: object, at: object = ORIGIN + 3 * S, still: object = ORIGIN + 2 * S) -> str:
    """Return the file of one look."""
    return json.dumps({"looks": [{"at": at, "still_since": still, "threads": threads}]})


def read(folder: Path, text: str | None) -> tuple[pd.DataFrame, int]:
    """Return the table, where the file says `text` (None: there is none), and how much of it is unfit."""
    if text is not None:
        (folder / schema.STANDING_FILE).write_text(text)
    journals = Journals(identities=[{"process": UID, "pid": MAIN_PID}])
    people = trace(processes=[main_process()]).processes
    return read_standing(folder, journals, read_messages(journals), people, ORIGIN, Lifetime())


def test_a_look(tmp_path: Path) -> None:
    """Times count from the trace's origin, and the process is the trace's."""
    table, unfit = read(
        tmp_path, looks(THREAD | {"object": "pid:7", "limited": 1, "sigterm": "caught", "stack": "a.py:1 f"})
    )
    assert unfit == 0
    row = table.iloc[0].dropna().to_dict()
    assert row == {
        "host": "desk",
        "process": 0,
        "pid": MAIN_PID,
        "tid": MAIN_PID,
        "since": S,
        "seen": 3 * S,
        "still": 2 * S,
        "asked": 0,
        "woke": 0,
        "state": "S",
        "wait": "child",
        "object": "pid:7",
        "limited": 1,
        "sigterm": "caught",
        "stack": "a.py:1 f",
    }


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"looks": 3}', '{"looks": [3]}', "NaN", "[" * 100_000),
        *(looks("x"), looks(THREAD, at=None), looks(THREAD, still=ORIGIN + 4 * S), looks(THREAD, at=1e9)),
        *(looks(THREAD | {"process": "9-9"}), looks(THREAD | {"since": -1}), looks(THREAD | {"tid": True})),
        looks(THREAD | {"since": ORIGIN + 4 * S}),
    ],
)
def test_what_cannot_be_is_left_out_and_counted(tmp_path: Path, text: str) -> None:
    """A damaged file is no error."""
    table, unfit = read(tmp_path, text)
    assert (len(table), unfit) == (0, 1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("wait", "odd"),
        ("object", "\x1b[31m"),
        ("call", "x" * 300),
        ("woke", -1),
        ("limited", 7),
        ("new", []),
        ("stack", "a\nb"),
        ("stack", "x" * 3000),
    ],
)
def test_a_value_that_cannot_be_is_missing(tmp_path: Path, key: str, value: Any) -> None:
    """The row is worth something without it; what is not known waits for something else."""
    table, unfit = read(tmp_path, looks(THREAD | {key: value}))
    assert (len(table), unfit) == (1, 0)
    assert table["wait"].tolist() == ["other" if key == "wait" else "child"]
    assert key == "wait" or key not in table or pd.isna(table[key].iloc[0])


def test_no_file(tmp_path: Path) -> None:
    """Nothing stood, or nobody looked."""
    assert read(tmp_path, None)[1] == 0


def test_slices_tell_when() -> None:
    """A thread stands since its last slice; one that polls keeps its look, and moves nothing."""
    one = {
        "host": "desk",
        "process": 0,
        "pid": 1,
        "since": 2 * S,
        "seen": 4 * S,
        "still": 2 * S,
        "wait": "lock",
    }
    table = definitions.STANDING.from_rows([one | {"tid": 1, "woke": 0}, one | {"tid": 2, "woke": 3}])
    rows = [(1, 1700), (2, 3900), (3, 1800), (1, 4500)]
    slices = definitions.SLICES.from_rows(
        [
            {"process": 0, "pid": 1, "tid": tid, "start": end * MS - 1, "end": end * MS, "reason": "blocked"}
            for tid, end in rows
        ]
    )
    after = since_slices(table, slices)
    assert after["since"].tolist() == [1700 * MS, 2 * S]
    assert after["still"].tolist() == [1800 * MS] * 2
    pd.testing.assert_frame_equal(since_slices(table, definitions.SLICES.empty()), table)
    computes = slices.iloc[[2]].assign(end=4200 * MS)  # since 1.8 s, in one piece
    assert since_slices(table, pd.concat([slices, computes]))["still"].tolist() == [4 * S] * 2


def test_a_process_that_was_looked_at_has_not_ended_before() -> None:
    """What it said of its end came too early; one whose end came later, or was not looked at, keeps it."""
    people = [child(number, 0, MS, 2 * S) for number in (1, 2, 3)]
    looked = {"host": "desk", "tid": 1, "since": S, "wait": "lock"}
    rows = [(1, 1900), (1, 2100), (2, 1900)]
    standing = definitions.STANDING.from_rows(
        [looked | {"process": process, "pid": process, "seen": seen * MS} for process, seen in rows]
    )
    processes = trace(processes=people).processes
    after = without_early_ends(processes, standing)
    assert after["exited"].isna().tolist() == [True, False, False]
    assert after["exited"].dtype == processes["exited"].dtype
    pd.testing.assert_frame_equal(after.drop(columns="exited"), processes.drop(columns="exited"))
    pd.testing.assert_frame_equal(without_early_ends(processes, definitions.STANDING.empty()), processes)
