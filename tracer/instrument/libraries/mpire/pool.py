"""Hooks on mpire's classes: pools, what they start, and the answers that they give themselves."""

from __future__ import annotations

import sys
import weakref
from threading import local

from tracer.instrument.core.names import label
from tracer.instrument.core.patch import Patches, named_only, replace_known
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import after, before, conceal
from tracer.instrument.libraries.mpire.owner import Owner
from tracer.instrument.stdlib import processes, threads
from tracer.record import session
from tracer.record.clock import clock, core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


WORKER = f"{__name__.rpartition('.')[0]}.worker"
_WORKERS = ("ForkWorker", "ForkServerWorker", "SpawnWorker")
_ROLES = {
    "pool._results_handler": "result_handler",
    "pool._restart_handler": "worker_handler",
    "pool._timeout_handler": "worker_handler",
    "pool._unexpected_death_handler": "worker_handler",
    "pool._terminate_worker": "worker_handler",
    "comms.join_task_queues": "worker_handler",
    "progress_bar._progress_bar_handler": "worker_handler",
    "worker.ThreadingWorker": "worker",
}

_owners: weakref.WeakKeyDictionary[Any, Owner] = weakref.WeakKeyDictionary()
"""By the `WorkerComms` of each pool, which is pickled, so that nothing may hang on it."""


class _Answering(local):
    """In whose place a thread answers: a pool's that looks for what takes too long, or has died."""

    owner: Owner | None = None


_answering = _Answering()


def hook(patches: Patches, module: ModuleType, kind: str, threaded: str) -> None:
    """Put the hooks on mpire in place, for pools of these kinds: of processes, and of threads."""
    package = module.__name__.rpartition(".")[0]
    comms, worker, results = (
        sys.modules[f"{package}.{name}"] for name in ("comms", "worker", "async_result")
    )
    threads.ROLES.update({f"{package}.{name}": role for name, role in _ROLES.items()})
    for name in _WORKERS:
        for made in (name, f"Dill{name}"):  # the second of those that use multiprocess
            processes.TARGETS[worker.__name__, made] = "worker", WORKER
    # Serves a pool that is terminated; its work is none of the program's.
    processes.TARGETS[comms.__name__, comms.WorkerComms._drain_and_join_queue.__name__] = "manager", ""
    processes.GIVEN[WORKER] = _given
    pool, abstract = module.WorkerPool, worker.AbstractWorker
    replace_known(patches, pool, "__init__", after(_open, kind, threaded))
    replace_known(patches, comms.WorkerComms, "init_comms", after(_follow))
    replace_known(patches, pool, "imap_unordered", _imap_unordered)
    replace_known(patches, pool, "apply_async", _apply_async)
    for name in ("_timeout_handler", "_unexpected_death_handler"):
        replace_known(patches, pool, name, before(_note_answering))
    for result in (results.AsyncResult, results.UnorderedAsyncResultIterator):
        replace_known(patches, result, "_set", _set)
    replace_known(
        patches, abstract, "_run_init_func", lambda original: _span("initializer", "worker_init", original)
    )
    replace_known(
        patches, abstract, "_run_exit_func", lambda original: _span("finalizer", "worker_exit", original)
    )


def _given(process: Any) -> tuple[Any, ...]:
    comms = process.worker_comms
    return comms._task_queues[process.worker_id], comms._results_queue, process


def _open(kind: str, threaded: str, pool: Any) -> None:
    current = session.current
    if current is not None and not named_only(pool):
        parameters = pool.pool_params
        in_threads = parameters.start_method == "threading"
        number = current.open_pool(threaded if in_threads else kind, parameters.n_jobs)
        _owners[pool._worker_comms] = Owner(current, number, parameters.n_jobs, in_threads)


def _owner(pool: Any) -> Owner | None:
    """Return the recording of a traced pool of this process, else None."""
    owner = _owners.get(pool._worker_comms)
    return owner if owner is not None and owner.current is session.current else None


def _follow(comms: Any) -> None:
    owner = _owners.get(comms)
    if owner is not None and owner.current is session.current:
        owner.numbered = _numbered(weakref.ref(comms))
        owner.follow(comms._task_queues, comms._results_queue)


def _numbered(find: Any) -> Any:
    return lambda: bool(find().keep_order())


def _imap_unordered(original: Any) -> Any:
    """Note what every kind of map comes to; the generator that this makes runs later."""

    def imap_unordered(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        owner = _owner(self)
        if owner is not None:
            owner.call = clock(), func
        return original(self, func, *args, **kwargs)

    return imap_unordered


def _apply_async(original: Any) -> Any:
    def apply_async(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        owner, current = _owner(self), session.current
        calls = [] if owner is None or current is None else current.submitting()
        calls.append((clock(), func))
        try:
            return original(self, func, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            calls.pop()

    return apply_async


def _note_answering(pool: Any) -> None:
    """Note, in a thread that may answer in place of a pool's workers, which pool it serves."""
    _answering.owner = _owner(pool)


def _set(original: Any) -> Any:
    def set_result(self: Any, success: bool, result: Any) -> None:
        owner = _answering.owner
        if owner is not None and not success:
            owner.give_up(self.job_id, result)
        try:
            original(self, success, result)
        except BaseException as error:
            conceal(error)
            raise

    return set_result


def _span(category: str, name: str, original: Any) -> Any:
    """Make the hook on what runs a function of the program's before the first task, or after the last."""

    def run(self: Any) -> Any:
        current, start, start_core = session.current, clock(), core()
        done = category == "initializer" and self.init_func_completed
        try:
            return original(self)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            if current is not None and not done and session.current is current:
                function = getattr(self.map_params, name)
                record_span(current, category, label(function), start, start_core)

    return run
