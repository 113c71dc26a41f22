"""The table of kinds, and that nothing asks a kind's name for what the table says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import REPOSITORY
from tracer.record.kinds import (
    KINDS,
    PROCESS_ROLES,
    RECEIVING,
    SENDING,
    SERVICES,
    THREAD_ROLES,
    UNKNOWN,
    UNRECORDED,
    kind_of,
)

PACKAGE = REPOSITORY / "tracer"
# Whole names, and the parts that a `startswith` or an `in` would look for. Names of tables and of lanes that
# are also names of kinds ("processes", "threads") count where a kind's name is what they are held against.
NAMES = {name for name, kind in KINDS.items() if kind.pooled} | {"Thread", "Executor", "PoolExecutor"}
CHILDREN = {name for name, kind in KINDS.items() if not kind.pooled}
TELLING = {"startswith", "endswith", "removesuffix", "removeprefix", "isin", "equals", "find", "count"}


def asked_names(source: str) -> Iterator[str]:
    """Yield the expressions that hold something against the name of a kind of pool."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in TELLING:
            parts = [*node.args]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
            parts = [key for key in node.value.keys if key is not None]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        else:
            continue
        texts = {one.value for part in parts for one in ast.walk(part) if isinstance(one, ast.Constant)}
        of_a_kind = any(ast.unparse(part).endswith(".kind") for part in parts) and "load" in ast.unparse(node)
        if texts & NAMES or (of_a_kind and texts & CHILDREN):
            yield ast.unparse(node)


def sources() -> list[Path]:
    """List the modules of the package, but for the table."""
    found = sorted(PACKAGE.rglob("*.py"))
    found.remove(PACKAGE / "record" / "kinds.py")
    return found


def test_only_the_table_asks_for_a_kinds_name() -> None:
    """No module compares a kind's name, or looks for a part of it: it asks `kind_of`."""
    assert len(sources()) > 100
    wrong = [
        f"{path.relative_to(PACKAGE)}: {text}"
        for path in sources()
        for text in asked_names(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        'kind.startswith("Thread")',
        '"Executor" in kind',
        'pool.kind == "ThreadPool"',
        'if kind in ("Pool", "ThreadPool"): pass',
        '{"Pool": 1, "ProcessPoolExecutor": 2}[kind]',
        'kinds.isin(["ThreadPoolExecutor"])',
        'equals(tasks, "kind", "Pool")',
        'load.kind in ("processes", "threads")',
        'match kind:\n    case "Pool":\n        pass',
    ],
)
def test_each_way_to_ask_a_kinds_name_is_seen(source: str) -> None:
    """What the test above looks for, it finds."""
    assert list(asked_names(source))


def test_the_roles_of_a_kinds_threads_are_roles() -> None:
    """A kind's hidden threads bear roles that the table of threads may hold, by what they do."""
    assert set(SENDING + RECEIVING) <= set(THREAD_ROLES)
    for kind in (*KINDS.values(), UNKNOWN):
        assert kind.sending in ("", *SENDING)
        assert kind.receiving in ("", *RECEIVING)
        assert kind.pooled or not (kind.sending or kind.receiving)
    assert set(UNRECORDED) < set(SERVICES) < set(PROCESS_ROLES)


def test_a_thread_pool_has_the_threads_of_a_pool_and_pickles_nothing() -> None:
    """A `ThreadPool` is a `Pool` whose tasks stay within the process."""
    pool, threads = kind_of("Pool"), kind_of("ThreadPool")
    assert (pool.sending, pool.receiving) == (threads.sending, threads.receiving)
    assert pool.piped
    assert not pool.threaded
    assert threads.threaded
    assert not threads.piped


@pytest.mark.parametrize("name", ["", "celluloid", "ThreadsOfTomorrow", None, float("nan")])
def test_an_unknown_kind_is_taken_for_processes_behind_a_pipe(name: object) -> None:
    """A kind of a newer tracer, or none, is no error; of when its workers start nothing is supposed."""
    found = kind_of(name)
    assert found is UNKNOWN
    assert found.pooled
    assert found.piped
    assert found.ahead is None
    assert not found.at_once


@pytest.mark.parametrize("name", ["loky", "joblib"])
def test_loky_sends_as_an_executor_does_and_further_ahead(name: str) -> None:
    """Two tasks for each worker and one more (its call queue), by the same hidden threads."""
    found, stock = kind_of(name), kind_of("ProcessPoolExecutor")
    assert (found.sending, found.receiving, found.ahead) == (stock.sending, stock.receiving, stock.ahead)
    assert (found.ahead_each, stock.ahead_each) == (2, 1)
    assert found.piped
    assert not found.at_once


def test_interpreters_take_no_turns() -> None:
    """Threads share one interpreter's lock, unless each has an interpreter; processes never do."""
    assert kind_of("ThreadPoolExecutor").takes_turns
    assert kind_of("InterpreterPoolExecutor").threaded
    assert not kind_of("InterpreterPoolExecutor").takes_turns
    assert not kind_of("Pool").takes_turns
