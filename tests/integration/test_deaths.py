"""Where a task or its worker dies, and how: the program sees what it would untraced, the trace names it."""

from __future__ import annotations

import json
import sys

import pytest

from tests.integration.conftest import Both
from tests.support.programs import Pair

# What dies: the status of its task, the exit code of the worker that had it, the error that is named.
# A pool that is left by `with` ends its workers: -15 (or 0, where one came to its end before).
ENDED = {0, -15}
NO_LAMBDA = "PicklingError" if sys.version_info >= (3, 14) else "AttributeError"
"""What pickle says of a function that has no name."""
DEATHS = {
    "kill": ("lost", {-9}, None),
    "leave": ("lost", {4}, None),
    "crash": ("lost", {-11}, None),
    "leave_by_exception": ("error", {0}, "SystemExit"),
    "take": ("unpicklable", None, None),
    "take_in_vain": ("unpicklable", None, None),
    "give_back": ("unpicklable", {0}, NO_LAMBDA),
    "pool_killed": ("lost", {-9}, None),
    "pool_crashed": ("lost", {-11}, None),
    "pool_left": ("lost", {4}, None),
    "pool_exited": ("lost", {6}, None),
    "pool_takes": ("unpicklable", None, None),
    "pool_takes_in_vain": ("unpicklable", None, None),
    "pool_gives_back": ("unpicklable", ENDED, "MaybeEncodingError"),
    "stay": ("lost", {-15}, None),
}


@pytest.fixture
def pair(both: Both, method: str) -> Pair:
    """The program of all deaths, plain and traced."""
    return both("deaths", method)


def test_the_program_sees_what_it_sees_untraced(pair: Pair) -> None:
    """Exceptions, exit codes and what is ready are those of the plain program."""
    assert json.loads(pair.plain.stdout) == json.loads(pair.traced.stdout)
    assert (pair.plain.code, pair.plain.stderr) == (0, "")
    assert (pair.traced.code, pair.traced.stderr) == (0, "")


@pytest.mark.parametrize("function", DEATHS)
def test_each_death_is_named(pair: Pair, function: str) -> None:
    """The task is in the trace with its fate, the worker that had it with its exit code."""
    status, codes, error = DEATHS[function]
    (task,) = pair.traced.tasks(function).astype(object).to_dict("records")
    assert task["status"] == status
    if codes is not None:
        processes = pair.traced.trace.processes.set_index("process")
        assert processes.loc[task["process"], "exitcode"] in codes
    if error is not None:
        assert task["error"] == error


@pytest.mark.parametrize("function", ["kill", "leave", "crash", "pool_killed", "pool_exited", "stay"])
def test_a_lost_task_was_begun_and_has_no_end(pair: Pair, function: str) -> None:
    """Of a task that its worker took along, everything up to the function's entry is there, and no more."""
    task = pair.traced.tasks(function).iloc[0]
    assert not task[["submitted", "pickle_start", "sent", "received", "run_start", "core_start"]].isna().any()
    assert task[["run_end", "result_sent", "result_received", "delivered"]].isna().all()


def test_what_never_left_has_no_worker(pair: Pair) -> None:
    """A task whose arguments could not be pickled was never sent, and nobody ran it."""
    for function in ("take_in_vain", "pool_takes_in_vain"):
        task = pair.traced.tasks(function).iloc[0]
        assert not task[["submitted", "pickle_start"]].isna().any()
        assert task[["pickle_end", "sent", "received", "run_start", "worker_pid"]].isna().all()


def test_what_waited_behind_a_death_is_broken(pair: Pair) -> None:
    """Tasks that an executor had not handed out when it broke are broken, in a terminated pool unfinished."""
    statuses = pair.traced.tasks("behind").groupby("kind")["status"].apply(list).to_dict()
    assert statuses == {"ProcessPoolExecutor": ["broken"] * 5, "Pool": ["unfinished"]}


def test_a_worker_killed_while_unpickling_leaves_its_task(pair: Pair) -> None:
    """A task that killed its worker before it could be named is lost, with that worker."""
    (task,) = pair.traced.tasks("killed_while_unpickling").to_dict("records")
    processes = pair.traced.trace.processes.set_index("process")
    assert (task["status"], processes.loc[task["process"], "exitcode"]) == ("lost", -9)


def test_the_trace_keeps_the_contract(pair: Pair) -> None:
    """The contract's checker finds nothing, and nothing was lost: deaths are no losses of the recording."""
    assert pair.traced.breaches == []
    assert pair.traced.trace.meta["losses"] == {}
