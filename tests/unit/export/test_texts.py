"""The formats that are text: Chrome's, Firefox's and CSV, on traces with answers worked out by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.traces import MAIN_PID, child, hidden_threads, main_process, pool_trace, task, trace
from tracer.export import chrome, csv_tables, firefox
from tracer.tables.definitions import NUMBERS, TABLES, TEXT
from tracer.tables.tables import Tables

NASTY = ["</script>", 'a"b\\', "\N{SNOWMAN}\n", "=cmd|' /C calc'!A0", "@x", "'quoted'", ",;\t", ""]


def one_task(**changes: Any) -> Tables:
    """A worker with a task that runs from 20.001 to 30 µs, whose other steps take 1 µs, and an open span."""
    people = [main_process(0, 100_000), child(1, 1_000, 11_000, 90_000)]
    spans = [
        {"host": "desk", "process": 1, "pid": MAIN_PID + 1, "tid": MAIN_PID + 1, "category": "user"}
        | {"name": name, "start": start, "end": end, "data": '{"n": 3}'}
        for name, start, end in (("across", 25_000, 35_000), ("open", 41_000, None))
    ]
    rows = [task(7, 1, 20_001, 30_000, **changes)]
    return trace(rows, people, hidden_threads(0, 90_000), spans=spans)


def events(made: Tables) -> list[dict[str, Any]]:
    """The events of Chrome's file."""
    file = io.BytesIO()
    chrome.write(made, file)
    found: list[dict[str, Any]] = json.loads(file.getvalue())["traceEvents"]
    return found


def test_chrome_has_complete_events_in_microseconds() -> None:
    """To the nanosecond, with what is known of the task."""
    found = {(each["name"], each.get("tid")): each for each in events(one_task())}
    run, whole = found["run", MAIN_PID + 1], found["square", MAIN_PID + 1]
    assert (run["ph"], run["ts"], run["dur"], run["pid"]) == ("X", 20.001, 9.999, MAIN_PID + 1)
    assert (whole["ts"], whole["dur"]) == (17.001, 14.999)
    assert whole["args"]["task"] == 7
    assert whole["args"]["function"] == "scenarios.pool4.square"


def test_chrome_names_processes_and_threads_and_makes_up_those_that_it_needs() -> None:
    """What overlaps has a thread of its own, with a number that none has."""
    found = events(one_task())
    names = {each["tid"]: each["args"]["name"] for each in found if each["name"] == "thread_name"}
    across = next(each for each in found if each["name"] == "across")
    assert names[across["tid"]] == "MainThread, at the same time"
    assert across["tid"] >= 1 << 28
    assert across["args"] == {"data": '{"n": 3}'}
    processes = [each["args"]["name"] for each in found if each["name"] == "process_name"]
    assert processes == ["MainProcess", "ForkPoolWorker-1"]


def test_chrome_opens_what_was_not_seen_to_end() -> None:
    """A beginning without an end."""
    (found,) = [each for each in events(one_task()) if each["name"] == "open"]
    assert found["ph"] == "B"
    assert "dur" not in found


def test_chrome_has_flows_and_counters() -> None:
    """The flow leaves the call, and ends where the result is delivered."""
    found = events(one_task())
    ways = [(each["name"], each.get("flow_in"), each.get("flow_out")) for each in found if "bind_id" in each]
    assert sorted(ways, key=str) == sorted(
        [
            ("submitted", None, True),
            ("pickle", True, True),
            ("square", True, True),
            ("deliver", True, True),
        ],
        key=str,
    )
    counts = [(each["ts"], each["args"]) for each in found if each["name"] == "tasks running"]
    assert counts == [(20.001, {"tasks": 1}), (30.0, {"tasks": 0})]


def profile(made: Tables) -> dict[str, Any]:
    """Firefox's file."""
    file = io.BytesIO()
    firefox.write(made, file)
    found: dict[str, Any] = json.loads(file.getvalue())
    return found


def test_firefox_has_markers_on_threads_in_milliseconds() -> None:
    """Names and texts are numbers of strings; what overlaps has a thread of its own."""
    found = profile(one_task())
    strings = found["shared"]["stringArray"]
    worker = next(each for each in found["threads"] if each["pid"] == str(MAIN_PID + 1))
    assert (worker["processName"], worker["isMainThread"]) == ("W1 ForkPoolWorker-1", True)
    markers = worker["markers"]
    assert {len(column) for key, column in markers.items() if key != "length"} == {markers["length"]}
    names = [strings[name] for name in markers["name"]]
    place = names.index("run")
    assert (markers["startTime"][place], markers["endTime"][place]) == (0.020001, 0.03)
    whole = markers["data"][names.index("square")]
    assert (whole["type"], whole["task"], strings[whole["function"]]) == ("task", 7, "scenarios.pool4.square")
    assert strings[whole["flow"]] == "task 7"
    assert markers["phase"][names.index("open")] == 2
    assert markers["endTime"][names.index("open")] is None
    assert [each["name"] for each in found["threads"]][-2:] == [
        "Thread-2 (result_handler)",
        "tasks: submitted",
    ]
    assert "MainThread, at the same time" in [each["name"] for each in found["threads"]]


def test_firefox_knows_every_kind_of_marker_and_each_of_its_fields() -> None:
    """By a schema."""
    found = profile(one_task(label="square(3)"))
    schemas = {
        each["name"]: {field["key"] for field in each["fields"]} for each in found["meta"]["markerSchema"]
    }
    for thread in found["threads"]:
        for data in thread["markers"]["data"]:
            assert set(data) - {"type"} <= schemas[data["type"]]
    categories = len(found["meta"]["categories"])
    assert all(
        0 <= each < categories for thread in found["threads"] for each in thread["markers"]["category"]
    )


@pytest.mark.parametrize("write", [chrome.write, firefox.write])
def test_names_are_data_in_json(write: Any) -> None:
    """They come back as they were."""
    rows = [task(n, 1, 20_000 + 50_000 * n, 30_000 + 50_000 * n, label=text) for n, text in enumerate(NASTY)]
    file = io.BytesIO()
    write(trace(rows, [main_process(0, 900_000), child(1, 1_000, 11_000, 800_000)]), file)
    found = json.dumps(json.loads(file.getvalue()))
    assert all(json.dumps(text) in found for text in NASTY)


def test_csv_has_each_table_as_it_is(tmp_path: Path) -> None:
    """Numbers as numbers, missing values empty, and nothing beside."""
    made = one_task()
    csv_tables.write(made, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{table.name}.csv" for table in TABLES)
    for table in TABLES:
        frame = getattr(made, table.name)
        text = [name for name, dtype in table.columns.items() if dtype in (TEXT, NUMBERS)]
        read = pd.read_csv(tmp_path / f"{table.name}.csv", dtype=dict.fromkeys(text, "string"))
        assert list(read.columns) == list(table.columns)
        for name, dtype in table.columns.items():
            if dtype != NUMBERS:
                found: Any = read[name]
                pd.testing.assert_series_equal(found.astype(dtype), frame[name], check_dtype=False)


def test_csv_has_no_formula_and_each_text_can_be_had_back(tmp_path: Path) -> None:
    """A spreadsheet would run what begins with =, + - or @: an apostrophe makes it a text."""
    rows = [
        task(n, 1, 20_000, 30_000, label=text) for n, text in enumerate([*NASTY, "-1", "+1", "\rx", " y"])
    ]
    made = trace(rows)
    csv_tables.write(made, tmp_path)
    read = pd.read_csv(tmp_path / "tasks.csv", dtype={"label": "string"}, keep_default_na=False)["label"]
    assert not read.str.startswith(("=", "+", "-", "@", "\t", "\r", "\n")).any()
    assert read.str.removeprefix("'").tolist() == made.tasks["label"].tolist()


def test_csv_writes_lists_as_json(tmp_path: Path) -> None:
    """The cores that a process may use."""
    csv_tables.write(trace(processes=[main_process(affinity=[0, 2]), child(1, 0, 1, 2)]), tmp_path)
    read = pd.read_csv(tmp_path / "processes.csv")["affinity"]
    assert json.loads(read[0]) == [0, 2]
    assert read.isna().tolist() == [False, True]


def test_all_of_a_larger_run_is_there() -> None:
    """As many tasks and phases as the table has."""
    made = pool_trace(workers=3, tasks=50)
    names = pd.Series([each["name"] for each in events(made) if each["ph"] == "X"]).value_counts()
    assert (names["square"], names["run"], names["pipe"], names["submitted"]) == (50, 50, 150, 50)
    threads = profile(made)["threads"]
    assert np.sum([each["markers"]["length"] for each in threads]) == int(names.sum())
