"""Functions that pebble's decorator runs in a process each: a call is a task, and its process a worker.

    caller    the decorated function ─ submitted          launch_process, with what to call
    child     function_handler ─ run_start ─ run_end ─ result_pickled ─ write ─ result_sent
    a thread  result_received ─ result_unpickled ─ set_result ─ delivered; or it stops the process

All calls of one process are of one pool. Of `pebble.asynchronous`, the parent's end is not followed.
"""

from __future__ import annotations

from itertools import count

from tracer.instrument.core import labels
from tracer.instrument.core.names import error_name
from tracer.instrument.core.patch import Patches, named_only, replace_known
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.libraries.connections import stamp_receiving
from tracer.instrument.libraries.pebble.processes import calls, what
from tracer.instrument.stdlib import channels, processes, threads
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.schema import POOL_SHIFT, STATUS_SHIFT
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


WORKER = f"{__name__.rpartition('.')[0]}.decorated_worker"


def hook(patches: Patches, module: ModuleType, kind: str) -> None:
    """Put the hooks on `pebble.concurrent.process` in place, for pools of this kind."""
    common = module.common
    handler = common.function_handler
    processes.TARGETS[handler.__module__, handler.__name__] = "worker", WORKER
    processes.GIVEN[WORKER] = lambda process: (process._args[3],)  # its end of the pipe
    threads.ROLES[f"{module.__name__}.{module._worker_handler.__name__}"] = "result_handler"
    replace_known(patches, common, "launch_process", lambda original: _launch(kind, handler, original))
    replace_known(patches, module, "_worker_handler", _worker_handler)


class _Calls:
    """The calls that this process has made, as the tasks of a pool, opened with the first."""

    def __init__(self) -> None:
        self.of: Session | None = None
        self.pool = 0
        self.label: labels.Writer | None = None
        self.numbers = count(1)

    def next(self, current: Session, kind: str) -> tuple[int, int]:
        """Return the pool, and the number of a new task."""
        if self.of is not current:
            self.of, self.pool = current, current.open_pool(kind, 0)
            self.label = labels.writer(current, self.pool)
        return self.pool, next(self.numbers)


_calls = _Calls()


class _Payload:
    """What is called, as the payload of a pool's task."""

    def __init__(self, function: Any, args: Any, kwargs: Any) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs


_ARGUMENTS = 4  # of `function_handler`


def _submitted(
    current: Session, kind: str, function: Any, arguments: Any, keywords: Any, writer: Any
) -> tuple[Session, int, int]:
    """Record a call, whose process will answer by `writer`; return its session, pool and number."""
    submitted = clock()
    channels.claim(writer)
    pool, job = _calls.next(current, kind)
    writer._tracer_pool, writer._tracer_first = (current.uid, pool), job
    payload = _Payload(function, arguments, keywords)
    number, _ = what(current, payload)
    current.record(schema.SUBMIT | pool << POOL_SHIFT, job, submitted, number, 1)
    if _calls.label is not None:
        _calls.label.several(job, 0, calls(payload))
    return current, pool, job


def _launch(kind: str, handler: Any, original: Any) -> Any:
    def launch_process(name: Any, function: Any, daemon: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        current, call = session.current, None
        if (
            current is not None
            and function is handler
            and len(args) == _ARGUMENTS
            and not named_only(handler)
        ):
            call = _submitted(current, kind, *args)
        try:
            process = original(name, function, daemon, context, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        if call is not None:
            process._tracer_call = call
        return process

    return launch_process


def _worker_handler(original: Any) -> Any:
    def worker_handler(future: Any, worker: Any, pipe: Any, timeout: Any) -> None:
        current, known = session.current, getattr(worker, "_tracer_call", None)
        if current is None or known is None or known[0] is not current:
            original(future, worker, pipe, timeout)
            return
        channels.claim(pipe)
        _, pool, job = known
        future._tracer_task = current.uid, pool, job
        commit, came = schema.RESULT | pool << POOL_SHIFT, []

        def unpickled(_message: Any, received: int) -> None:
            came.append(current.journal().append(commit, job, 0, received, clock(), 0))

        pipe.recv = stamp_receiving(
            pipe, received=lambda _: None, unpickled=unpickled, unreadable=lambda _: None
        )
        try:
            original(future, worker, pipe, timeout)
        except BaseException as error:
            conceal(error)
            raise
        if came:
            words, at = came[0]
            words[at + schema.LATE[schema.RESULT]] = clock()
            return
        given = None if future.cancelled() else future.exception(0)
        number = current.name(error_name(given)) if given is not None else 0
        current.record(commit | schema.ERROR << STATUS_SHIFT, job, 0, 0, 0, clock(), number)

    return worker_handler
