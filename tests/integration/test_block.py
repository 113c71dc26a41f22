"""`tracer.trace()`: a block of a program, with classes imported before it, by name, nested, and raising."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import METHODS
from tests.support import contract
from tests.support.programs import PROGRAMS, run

Found = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Found]:
    """Return `blocks(method)`: the folder and the output of the program, run once for each start method."""
    known: dict[str, Found] = {}

    def blocks(method: str) -> Found:
        if method not in known:
            folder = tmp_path_factory.mktemp("block")
            ended = run(folder, [str(PROGRAMS / "block.py"), str(folder), method], traced=False)
            assert (ended.code, ended.stderr) == (0, "")
            known[method] = folder, json.loads(ended.stdout)
        return known[method]

    return blocks


@pytest.fixture(params=METHODS)
def found(request: pytest.FixtureRequest, blocks: Callable[[str], Found]) -> dict[str, Any]:
    """What the program printed."""
    return blocks(request.param)[1]


def test_results_are_those_of_the_stock_classes(found: dict[str, Any]) -> None:
    """Every pool and executor returns what it should, traced or not."""
    squares = [0, 1, 4, 9]
    assert found["results"] == [squares, squares, [0, 1, 4], squares, 25]
    assert found["named results"] == [[0, 1], 1, 1, squares, [0, 1], 9, 9]


def test_names_that_were_imported_before_are_traced(found: dict[str, Any]) -> None:
    """Stock classes imported, and classes derived, before the block are traced in it; nested pools too."""
    assert found["stock"]["tasks"] == {
        "Pool square ok": 7,
        "Pool inside ok": 4,
        "ThreadPool square ok": 4,
        "ThreadPoolExecutor square ok": 1,
        "ProcessPoolExecutor nested ok": 1,
    }
    assert found["stock"]["pools"] == 6
    assert {"stock", "derived"} <= set(found["stock"]["processes"])
    assert found["stock"]["roles"]["worker"] == 6
    assert found["stock"]["threads"] == ["mine"]
    assert found["stock"]["spans"] == ["nested work"]


def test_named_only_traces_what_is_made_by_name(found: dict[str, Any]) -> None:
    """With `named_only`, what was made from the stock classes leaves no task and no process."""
    assert found["named"]["tasks"] == {
        "Pool square ok": 4,
        "ThreadPool square ok": 2,
        "ProcessPoolExecutor square ok": 1,
        "ThreadPoolExecutor square ok": 1,
    }
    roles = {
        role: n
        for role, n in found["named"]["roles"].items()
        if role not in ("resource_tracker", "forkserver")
    }
    assert roles == {"main": 1, "tracer": 1, "worker": 3, "process": 1}


def test_an_exception_passes_through_and_the_trace_is_kept(found: dict[str, Any]) -> None:
    """A block that raises raises the same, and its trace is there, with the span that the exception ended."""
    assert found["raising"] == ["through", ["broken"]]


def test_nothing_stays_behind_in_the_program(found: dict[str, Any]) -> None:
    """After the block every hook is out, no journal is left, and no child."""
    assert found["restored"] == [True, True]
    assert found["meta path"] == []
    assert found["children"] == 0
    assert found["left"] == ["trace"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["stock", "named", "raising"])
def test_the_trace_keeps_the_contract(blocks: Callable[[str], Found], method: str, name: str) -> None:
    """The contract's checker finds nothing, and nothing was lost."""
    folder, found = blocks(method)
    assert contract.breaches(folder / name / "trace") == []
    assert found.get(name, {}) == [] or name == "raising" or found[name]["losses"] == {}
