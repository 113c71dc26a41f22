"""The roles of threads and processes that a library starts behind the program's back."""

from __future__ import annotations

import asyncio
import concurrent.futures.process
import concurrent.futures.thread
import multiprocessing.managers
import multiprocessing.pool
import multiprocessing.queues
import multiprocessing.util
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tracer.instrument.core.patch import Patches
from tracer.instrument.stdlib import (
    coroutines,
    helper_processes,
    pools,
    process_executors,
    processes,
    thread_executors,
    threads,
)
from tracer.record.kinds import PROCESS_ROLES, THREAD_ROLES


@pytest.fixture(autouse=True)
def _hooked() -> Any:
    """Put the hooks on once, which names their library's threads, and take them off."""
    patches = Patches()
    processes.hook(patches, multiprocessing.process)
    pools.hook(patches, multiprocessing.pool, "Pool", "ThreadPool")
    process_executors.hook(patches, concurrent.futures.process, "ProcessPoolExecutor")
    thread_executors.hook(patches, concurrent.futures.thread, "ThreadPoolExecutor", "InterpreterPoolExecutor")
    patches.restore()


def of_library(module: str, name: str) -> threading.Thread:
    """Make a thread of a class, or with a target, that is called so."""
    thread_class = type(name, (threading.Thread,), {"__module__": module})
    if name.startswith("_Executor"):
        return thread_class()  # type: ignore[no-any-return]

    def target() -> None: ...

    target.__module__, target.__name__ = module, name
    return threading.Thread(target=target)


class Odd:
    """What can be called, and has whatever is asked for; none of it is text."""

    def __call__(self) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:
        return []


@pytest.mark.parametrize(
    ("thread", "role"),
    [
        (threading.Thread(target=print), "user"),
        (threading.Thread(), "user"),
        (threading.Thread(target=Odd()), "user"),
        (threading.Thread(target=multiprocessing.pool.Pool._handle_tasks), "task_handler"),  # type: ignore[attr-defined]
        (threading.Thread(target=multiprocessing.pool.Pool._handle_results), "result_handler"),  # type: ignore[attr-defined]
        (threading.Thread(target=multiprocessing.pool.Pool._handle_workers), "worker_handler"),  # type: ignore[attr-defined]
        (threading.Thread(target=multiprocessing.pool.worker), "worker"),  # type: ignore[attr-defined]
        (threading.Thread(target=multiprocessing.queues.Queue._feed), "queue_feeder"),  # type: ignore[attr-defined]
        (threading.Thread(target=concurrent.futures.thread._worker), "worker"),
        (of_library("concurrent.futures.process", "_ExecutorManagerThread"), "executor_manager"),
        (of_library("mine.pool", "worker"), "user"),
    ],
)
def test_a_threads_role_is_told_by_what_it_runs(thread: threading.Thread, role: str) -> None:
    """By module and name of its class or target; anything else is the program's."""
    assert threads._role(thread) == role
    assert role in THREAD_ROLES


@pytest.mark.parametrize(
    ("target", "role", "module"),
    [
        (print, "process", None),
        (None, "process", None),
        (multiprocessing.pool.worker, "worker", "pool_worker"),  # type: ignore[attr-defined]
        (concurrent.futures.process._process_worker, "worker", "executor_worker"),
        (multiprocessing.managers.BaseManager._run_server, "manager", None),  # type: ignore[attr-defined]
    ],
)
def test_a_processs_role_is_told_by_its_target(target: Any, role: str, module: str | None) -> None:
    """A worker's tasks are stamped by the module for its kind of pool."""
    process = multiprocessing.Process(target=target)
    assert processes._role(process) == role
    assert role in PROCESS_ROLES
    stamps = processes._worker_stamps(process)
    assert (stamps and stamps.__name__.rpartition(".")[2]) == module


def test_a_function_that_only_bears_a_workers_name_is_not_stamped() -> None:
    """Its arguments are not a worker's."""

    def worker() -> None: ...

    worker.__module__ = "multiprocessing.pool"
    assert processes._worker_stamps(multiprocessing.Process(target=worker)) is None


@pytest.mark.parametrize(
    ("package", "command", "role"),
    [
        ("multiprocessing", "from multiprocessing.forkserver import main", "forkserver"),
        ("multiprocessing", "from multiprocessing.resource_tracker import main", "resource_tracker"),
        ("multiprocessing", "from multiprocessing.spawn import spawn_main", None),
        ("billiard", "from billiard.forkserver import main", "forkserver"),
        ("billiard", "from multiprocessing.forkserver import main", None),
    ],
)
def test_a_helper_process_is_told_by_its_command(
    package: str, command: str, role: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line names the module of the package that is hooked."""
    monkeypatch.setattr(helper_processes, "MARKS", {})
    helper_processes.hook(Patches(), ModuleType(f"{package}.util"))
    assert helper_processes._role(["python", b"-c", command]) == role


def test_threads_that_serve_a_library_say_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their target, or else by their class; of Python's own, multiprocessing and asyncio count as one."""
    module = ModuleType("somepackage")
    module.__file__ = str(tmp_path / "site-packages" / "somepackage.py")
    monkeypatch.setitem(sys.modules, "somepackage", module)
    exec("import threading\ndef work(): pass\nclass Worker(threading.Thread): pass", module.__dict__)
    own = type("Own", (threading.Thread,), {})
    assert threads._library(threading.Thread(target=module.work)) == "somepackage"
    assert threads._library(module.Worker()) == "somepackage"
    assert threads._library(module.Worker(target=print)) == ""
    assert threads._library(threading.Thread(target=multiprocessing.util.debug)) == "multiprocessing"
    assert threads._library(threading.Thread(target=Odd())) == threads._library(own()) == ""


class Called:
    """A target that is an object."""

    def __call__(self) -> None:
        """Do nothing."""


class Subclass(multiprocessing.Process):
    """A process without a target."""


@pytest.mark.parametrize(
    ("process", "name"), [(multiprocessing.Process(target=Called()), "Called"), (Subclass(), "Subclass")]
)
def test_a_worker_is_told_by_the_class_of_its_target_or_its_own(
    process: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """billiard's workers are objects, mpire's are processes that run themselves; what they have is theirs."""
    process._queue = Odd()
    process._queue.__dict__ |= {"_tracer_pool": ("owner", 3), "_tracer_first": 5}
    monkeypatch.setitem(processes.TARGETS, (__name__, name), ("worker", "json"))
    monkeypatch.setitem(processes.GIVEN, "json", lambda one: (one._queue, one))
    assert processes._role(process) == "worker"
    assert processes._pool_of(process) == ("owner", 3)
    assert processes._given(process)[0]._tracer_first == 5
    assert processes._worker_stamps(process).__name__ == "json"


def test_a_target_that_says_anything_of_itself_is_a_plain_process() -> None:
    """Its attributes are the program's: none of them is taken for a name."""
    process = multiprocessing.Process(target=Odd())
    assert processes._role(process) == "process"
    assert processes._pool_of(process) is None


def test_a_thread_that_runs_an_event_loop_says_so() -> None:
    """`Thread(target=loop.run_forever)`, `Thread(target=asyncio.run, …)`."""
    coroutines.hook(Patches(), asyncio.events)
    loop = asyncio.new_event_loop()
    for target in (loop.run_forever, asyncio.run):
        assert threads._role(threading.Thread(target=target)) == "event_loop"
    loop.close()


def test_processes_that_run_a_library_s_code_say_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the target, else the class; the worker of a stock pool, by who made its queues."""
    module = ModuleType("somepackage")
    module.__file__ = str(tmp_path / "site-packages" / "somepackage.py")
    monkeypatch.setitem(sys.modules, "somepackage", module)
    exec("def work(): pass\nclass Queue: pass", module.__dict__)
    process = multiprocessing.Process
    worker = multiprocessing.pool.worker  # type: ignore[attr-defined]
    assert processes._library(process(target=module.work)) == "somepackage"
    assert processes._library(process(target=print)) == processes._library(process()) == ""
    assert processes._library(process(target=worker, args=(module.Queue(), None))) == "somepackage"
    assert processes._library(process(target=worker)) == ""
