"""Runs that many tests look at: each program once a session and start method, plain and traced."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration import quick
from tests.support.programs import PROGRAMS, Pair, run_both

METHODS = [m for m in ("fork", "spawn", "forkserver") if m in multiprocessing.get_all_start_methods()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `-m thorough` what is not quick."""
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    if here:
        quick.mark(here)


Both = Callable[..., Pair]


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Return `both(program, *args)`: the program of `programs/`, run plain and traced once a session."""
    known: dict[tuple[str, ...], Pair] = {}

    def both(program: str, *arguments: str) -> Pair:
        key = (program, *arguments)
        if key not in known:
            folder = tmp_path_factory.mktemp(program)
            known[key] = run_both(folder, [str(PROGRAMS / f"{program}.py"), *arguments])
        return known[key]

    return both


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    """Every start method of this platform in turn."""
    return str(request.param)
