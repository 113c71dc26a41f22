"""`Process` of every kind, under every start method, and `Thread`, traced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import Both
from tests.support.programs import Pair

# name of the child: its exit code, and whether its target was left in an orderly way
ENDS = {
    "My child": (0, True),
    "exit": (3, True),
    "exit_none": (0, True),
    "exit_at_once": (7, False),
    "fail": (1, True),
    "terminate": (-15, False),
    "kill": (-9, False),
    "signal": (-10, False),
    "with_child": (0, True),
    "inner": (0, True),
    "with_threads": (0, True),
    "left": (-15, False),
}


@pytest.fixture
def pair(both: Both, method: str) -> Pair:
    """The program of all cases, plain and traced."""
    return both("processes", method)


def child(pair: Pair, name: str) -> Any:
    """Return the row of the child with this name."""
    processes = pair.traced.trace.processes
    (row,) = processes[processes["name"] == name].to_dict("records")
    return row


def test_children_behave_as_in_the_plain_program(pair: Pair) -> None:
    """Names, exit codes, messages and active children are those of the plain program."""
    assert json.loads(pair.plain.stdout) == json.loads(pair.traced.stdout)
    assert (pair.plain.code, pair.plain.stderr) == (0, "")
    assert (pair.traced.code, pair.traced.stderr) == (0, "")


@pytest.mark.parametrize("name", ENDS)
def test_each_child_is_recorded_with_its_end(pair: Pair, method: str, name: str) -> None:
    """Each child is one row with its start method, the steps of its start-up, and the code it ended with."""
    row = child(pair, name)
    code, orderly = ENDS[name]
    assert (row["role"], row["start_method"], row["exitcode"]) == ("process", method, code)
    steps = ["start_called", "started", "target_start", *(["target_end"] if orderly else []), "exited"]
    times = [int(row[step]) for step in steps]
    assert times == sorted(times)
    assert row["forked"] >= row["start_called"]
    assert (row["target_end"] is not None and row["target_end"] == row["target_end"]) or not orderly


def test_a_target_that_was_not_left_has_no_end(pair: Pair) -> None:
    """Of a child that was killed or left at once, the target's end is missing."""
    processes = pair.traced.trace.processes
    sudden = [name for name, (_, orderly) in ENDS.items() if not orderly]
    assert processes.loc[processes["name"].isin(sudden), "target_end"].isna().all()


def test_a_derived_class_is_recorded(pair: Pair, method: str) -> None:
    """A class derived from Process, with run() overridden, is recorded like Process itself."""
    names = pair.traced.trace.processes["name"]
    kind = {"fork": "DerivedFork", "spawn": "DerivedSpawn", "forkserver": "DerivedForkServer"}[method]
    assert f"{kind}-3" in set(names)


def test_parents_are_recorded(pair: Pair, method: str) -> None:
    """Under fork and spawn a child's parent is the process that started it, also two levels down."""
    main = pair.traced.trace.processes.iloc[0]
    outer, inner = child(pair, "with_child"), child(pair, "inner")
    if method == "forkserver":
        assert outer["ppid"] != main["pid"]
    else:
        assert outer["ppid"] == main["pid"]
        assert inner["ppid"] == outer["pid"]


def test_helpers_are_recorded(pair: Pair, method: str) -> None:
    """What multiprocessing starts for itself is there: resource tracker, forkserver; and our collector."""
    processes = pair.traced.trace.processes
    roles = processes["role"].value_counts().to_dict()
    assert roles["tracer"] == 1
    assert roles.get("resource_tracker", 0) == (0 if method == "fork" else 1)
    assert roles.get("forkserver", 0) == (2 if method == "forkserver" else 0)
    assert roles["process"] == len(ENDS) + 2
    assert processes["process"].tolist() == list(range(len(processes)))


def test_a_childs_threads_are_recorded(pair: Pair) -> None:
    """Threads that a child starts are rows of that child."""
    threads = pair.traced.trace.threads
    ours = threads[threads["name"].str.startswith("ours-")]
    assert set(ours["pid"]) == {child(pair, "with_threads")["pid"]}
    assert set(ours["role"]) == {"user"}
    assert (ours["ended"] > ours["started"]).all()


def test_the_trace_keeps_the_contract(pair: Pair) -> None:
    """The contract's checker finds nothing, and nothing was lost."""
    assert pair.traced.breaches == []
    assert pair.traced.trace.meta["losses"] == {}


def test_threads_are_recorded(both: Both) -> None:
    """Every thread, derived, named, daemon or one of many at once, is one row with its start and end."""
    pair = both("threads")
    assert (pair.plain.stdout, pair.plain.stderr, pair.plain.code) == (
        pair.traced.stdout,
        pair.traced.stderr,
        pair.traced.code,
    )
    threads = pair.traced.trace.threads
    names = [
        "MainThread",
        "plain",
        "daemon",
        "derived",
        "without run",
        "timer",
        *(f"many-{n}" for n in range(20)),
    ]
    assert threads["name"].tolist() == names
    assert threads["role"].tolist() == ["main"] + ["user"] * 25
    assert threads["tid"].nunique() > 20
    ran = threads.iloc[1:]
    assert (ran["ended"] >= ran["started"]).all()
    many = ran.iloc[5:]
    assert many["started"].max() < many["ended"].min()
    assert pair.traced.breaches == []
