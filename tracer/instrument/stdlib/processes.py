"""Hooks on `multiprocessing.Process`: a child's life as its parent sees it, and as it lives it itself.

    parent  start() ─ start called ─ forked ───────────────────────────── reaped (popen.py)
    child               started ─ target entered ─ run() ─ target left ─ exiting

In the child no frame of ours stands between `_bootstrap` and `run`, so the traceback that it prints is the
stock one: the target's limits are stamped by what `_bootstrap` calls before and after it.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from types import FunctionType, MethodType

from tracer.instrument.core.failures import note_failed
from tracer.instrument.core.names import function_name
from tracer.instrument.core.origin import library_of
from tracer.instrument.core.patch import Patches, named_only, package_of
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import preparing, threads
from tracer.record import clock, schema, session
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

JOIN_WORTH_NS = 20_000
"""A join that waited less is not worth a record."""


_HERE = __name__.rpartition(".")[0]

TARGETS = {
    ("concurrent.futures.process", "_process_worker"): ("worker", f"{_HERE}.executor_worker"),
    ("torch.multiprocessing.spawn", "_wrap"): ("process", ""),  # only calls the program's function
}
"""Targets of processes that a package starts for itself, by module and name: the role, and for a worker the
module whose `attach` makes it stamp its tasks. A hook adds its package's. A target that is an object goes by
its class; a process without one by its own."""

GIVEN: dict[str, Callable[[Any], tuple[Any, ...]]] = {}
"""What `attach` of a module that stamps is given of the process, where that is not its first three arguments.

The first of it bears the pool (`_tracer_pool`), and may say which of its tasks comes first (`_tracer_first`).
It is asked for in the owner before the process is started, more than once, and in the process itself.
"""

QUEUES: dict[type, str] = {}
"""The same module, by the class of the queue of tasks, where a worker's is not its package's own."""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `multiprocessing.process`, or a copy of it, in place."""
    package = package_of(module)
    TARGETS[f"{package.__name__}.pool", "worker"] = "worker", f"{_HERE}.pool_worker"
    TARGETS[f"{package.__name__}.managers", "_run_server"] = "manager", ""
    threads.ROLES[f"{package.__name__}.queues._feed"] = "queue_feeder"
    threads.ROLES[f"{package.__name__}.resource_sharer._serve"] = "worker_handler"  # hands descriptors over
    patches.replace(module.BaseProcess, "start", partial(_start, package))
    patches.replace(module.BaseProcess, "join", _join)
    patches.replace(module.BaseProcess, "_bootstrap", partial(_bootstrap, package))


def _start(package: ModuleType, original: Any) -> Any:
    def start(self: Any) -> Any:
        current = session.current
        try:
            # A process whose class does not call `Process.__init__` cannot start, and says so itself.
            if current is None or not hasattr(self, "_closed") or (_is_free(self) and named_only(self)):
                return original(self)
            _start_traced(current, package, self, original)
        except BaseException as error:
            conceal(error)
            raise

    return start


def _is_free(process: Any) -> bool:
    """Tell a process that the program made from one that serves a traced pool."""
    return _pool_of(process) is None


def _start_traced(current: Session, package: ModuleType, process: Any, original: Any) -> None:
    method = getattr(process, "_start_method", None)
    child: dict[str, Any] = {
        "name": session.shorten(process.name),
        "role": _role(process),
        "start_method": str(method or package.context._default_context.get_start_method()),
        "library": _library(process),
    }
    if child["start_method"] == "fork":
        _worker_stamps(process)  # loaded here once, not in each worker anew
    first = getattr(next(iter(_given(process)), None), "_tracer_first", 0)
    if first:
        child["first"] = first
    ticket = current.ticket_for(child, _pool_of(process))
    birth = ticket["identity"]["birth"][1]
    me = session.get_ident()
    current.child_event(birth, schema.START_CALLED)
    session.pending[me] = ticket
    try:
        original(process)
    except BaseException:
        del current.children[birth]
        raise
    finally:
        session.pending.pop(me, None)
        preparing.started(current, process.name)
        forked = session.forked_at.pop(me, None)
    process._popen._tracer_birth = (current.uid, birth)
    current.child_event(birth, schema.FORKED, process.pid or 0, forked)


def _role(process: Any) -> str:
    return TARGETS.get(_target_of(process), ("process", ""))[0]


def _library(process: Any) -> str:
    """Return the installed package whose code the process runs, "" where that is the program's own.

    The worker of a stock pool runs that of whoever gave the pool its queues.
    """
    target = getattr(process, "_target", None)
    if _target_of(process) not in TARGETS:
        return library_of(type(process) if target is None else target)
    args = getattr(process, "_args", ())
    return library_of(type(args[0])) if args and _role(process) == "worker" else ""


def _target_of(process: Any) -> tuple[str, str]:
    own = _named(process)
    return str(getattr(own, "__module__", "")), str(getattr(own, "__name__", ""))


def _named(process: Any) -> Any:
    """Return what a process's part is told by: its target, or the class of that, or its own."""
    target = getattr(process, "_target", None)  # gone where the process was started before
    if target is None:
        return type(process)
    return target if isinstance(target, (FunctionType, MethodType)) else type(target)


def _given(process: Any) -> tuple[Any, ...]:
    """Return what the stamps of a worker are attached to; nothing for what is no worker."""
    role, stamper = TARGETS.get(_target_of(process), ("process", ""))
    if role != "worker":
        return ()
    given = GIVEN.get(stamper)
    return tuple(process._args[:3]) if given is None else given(process)


def _pool_of(process: Any) -> tuple[str, int] | None:
    given = _given(process)
    known: tuple[str, int] | None = getattr(given[0], "_tracer_pool", None) if given else None
    return known


def _join(original: Any) -> Any:
    def join(self: Any, timeout: float | None = None) -> Any:
        current = session.current
        start, core = clock.clock(), clock.core()
        try:
            return original(self, timeout)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            if current is not None and clock.clock() - start > JOIN_WORTH_NS and session.current is current:
                record_span(current, "join", self.name, start, core)

    return join


def _bootstrap(package: ModuleType, original: Any) -> Any:
    def _bootstrap(self: Any, *args: Any, **kwargs: Any) -> int:
        current = session.current
        ours = current is not None and current.identity.get("birth") is not None
        if current is not None and ours:
            _prepare(current, package, self)
        try:
            code = original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        if ours:
            stamp_exiting()
        return int(code)

    return _bootstrap


def _prepare(current: Session, package: ModuleType, process: Any) -> None:
    """Arrange that the target's limits are stamped, and that a worker stamps its tasks."""
    util = package.util
    function = function_name(current, getattr(process, "_target", None) or type(process).run)
    exit_function, shutdown = util._exit_function, threading._shutdown  # type: ignore[attr-defined]
    own = hasattr(process, "_after_fork")  # of billiard's processes it is no method
    handled = sys.exc_info()[1]  # by who has forked this process
    after_fork = process._after_fork if own else util._run_after_forkers

    def entering() -> None:
        if own:
            del process._after_fork
        else:
            util._run_after_forkers = after_fork
        after_fork()  # clears the registry of finalizers: ours comes after
        util.Finalize(None, _finish, exitpriority=-100)  # when the child's own children have been joined
        current.record(schema.STAGE, schema.TARGET_START, clock.clock(), function)

    def left() -> None:
        if threading._shutdown is leaving_shutdown:  # type: ignore[attr-defined]
            if session.current is current:  # else in a child of this process, which inherited what is below
                current.record(schema.STAGE, schema.TARGET_END, clock.clock())
                error = sys.exc_info()[1]
                error = None if error is handled else error
                if error is not None or current.initializing:
                    where = schema.IN_INITIALIZER if current.initializing else schema.IN_FUNCTION
                    note_failed(current, error, where)
            current.note_affinity()
            util._exit_function, threading._shutdown = exit_function, shutdown  # type: ignore[attr-defined]

    def leaving_exit(*args: Any, **kwargs: Any) -> None:
        left()
        try:
            exit_function(*args, **kwargs)
        except BaseException as error:
            if session.current is current:  # Control-C, while it waits for its queues to be written
                note_failed(current, error, schema.IN_FUNCTION)
            conceal(error)
            raise

    def leaving_shutdown() -> None:
        left()
        try:
            shutdown()
        except BaseException as error:
            conceal(error)
            raise

    if own:
        process._after_fork = entering
    else:
        util._run_after_forkers = entering
    # Which of the two `_bootstrap` calls first after `run` depends on the version of Python.
    util._exit_function, threading._shutdown = leaving_exit, leaving_shutdown  # type: ignore[attr-defined]
    if current.identity.get("pool"):
        stamps, module = _worker_stamps(process), sys.modules.get(_target_of(process)[0])
        if stamps is not None:
            stamps.attach(current, package, module, *_given(process))


def _worker_stamps(process: Any) -> Any:
    """Return the module that stamps tasks in a worker of this kind, or None."""
    module, name = _target_of(process)
    _, stamper = TARGETS.get((module, name), ("process", ""))
    if not stamper or _named(process) is not getattr(sys.modules.get(module), name, None):
        return None
    own = [QUEUES[type(one)] for one in process._args[:1] if type(one) in QUEUES]
    return __import__(own[0] if own else stamper, fromlist=["attach"])


def _finish() -> None:
    current = session.current
    if current is not None:
        current.record_unsent()
        current.enter_children()  # raises nothing
        stamp_exiting()


def stamp_exiting() -> None:
    """Record that this process is about to exit; the last such stamp counts."""
    current = session.current
    if current is not None:
        current.record(schema.STAGE, schema.EXITING, clock.clock(), clock.process_cpu())
