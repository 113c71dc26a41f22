"""A function that a fresh process cannot find is named once; what it is given to is not changed."""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
import sys
from collections.abc import Iterator
from concurrent import futures
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from tracer.instrument import unreachable

SPAWN, FORK = multiprocessing.get_context("spawn"), multiprocessing.get_context("fork")


def typed() -> None:
    """A function as a notebook has it."""


typed.__module__ = "__main__"


def importable() -> None:
    """A function of a module."""


@pytest.fixture(autouse=True)
def _prompt(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A main module that is no file, and starts that start nothing."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", lambda _: None)
    monkeypatch.setattr(futures.ProcessPoolExecutor, "submit", lambda *_, **__: None)
    for name in ("_map_async", "apply_async", "imap"):
        monkeypatch.setattr(multiprocessing.pool.Pool, name, lambda *_, **__: None)
    unreachable.watch()
    yield
    unreachable.unwatch()


def pool(context: Any) -> Any:
    """A pool that was never made."""
    made = object.__new__(multiprocessing.pool.Pool)
    vars(made).update(_ctx=context, _state="TERMINATE")
    return made


def executor(context: Any) -> Any:
    """An executor that starts its workers when it is given something."""
    return futures.ProcessPoolExecutor(1, mp_context=context)


@pytest.mark.parametrize(
    "give",
    [
        lambda context, function: context.Process(target=function).start(),
        lambda context, function: executor(context).submit(function),
        lambda context, function: executor(context).submit(partial(function, 3)),
        lambda context, function: executor(context).map(function, []),
        lambda context, function: pool(context)._map_async(function, [], None),
        lambda context, function: pool(context).apply_async(func=function),
        lambda context, function: pool(context).imap(function, []),
        lambda context, function: futures.ProcessPoolExecutor(1, context, function),
    ],
)
def test_it_is_named_where_the_start_method_is_not_fork(
    give: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, whatever follows; nothing is said of a function of a module, nor under fork."""
    give(SPAWN, importable)
    give(FORK, typed)
    assert capsys.readouterr().err == ""
    give(SPAWN, typed)
    give(SPAWN, typed)
    assert capsys.readouterr().err == (
        "tracer: typed is defined in this session (__main__), where a process started by spawn cannot find "
        "it: put it into a module that is imported, or use the start method fork\n"
    )


def test_it_is_named_once_where_another_hook_came_over_this_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That one is not taken away, and calls what is below it."""
    below = multiprocessing.process.BaseProcess.start
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", lambda self: below(self))
    for _ in range(3):
        SPAWN.Process(target=typed).start()
    assert capsys.readouterr().err.count("tracer: typed") == 1


def test_a_program_that_is_a_file_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A child of it finds `__main__` by its path."""
    unreachable.unwatch()
    sys.modules["__main__"].__file__ = "program.py"
    unreachable.watch()
    SPAWN.Process(target=typed).start()
    assert capsys.readouterr().err == ""
