"""loky, alone (`loky`) and within joblib (`joblib.externals.loky`): executors, and its own way to spawn.

    owner   process_executor   the hooks of ProcessPoolExecutor: loky's began as a copy of it
            fork_exec          the instant at which the child has come to be
    child   python -m loky.backend.popen_loky_posix: it records from the preparation data on
            (`stdlib/spawning.py`), its worker stamps tasks by `loky_worker`

Tried with loky 3.4 to 3.7 (joblib 1.4 to 1.6 carry 3.4 to 3.6). It stands on these private names: the
executor's `_call_queue _result_queue _work_ids _pending_work_items`, `_ExecutorManagerThread` with
`process_result_item terminate_broken flag_executor_shutting_down`, `_SafeQueue._on_queue_feeder_error`,
`_process_worker`, `_process_chunk`, `_ResultItem`, `_ExceptionWithTraceback`, `backend.fork_exec.fork_exec`.
"""

from __future__ import annotations

import signal

from tracer.instrument.core.failures import note_stopped
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import after, before, conceal
from tracer.instrument.stdlib import channels, helper_processes, process_executors, processes, threads
from tracer.record import clock, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_WORKER = __name__ + "_worker"


def hook(patches: Patches, module: ModuleType, *kinds: str) -> None:
    """Put the hooks on `process_executor`, for executors of this kind, or on `fork_exec` in place."""
    if not kinds:
        patches.replace(module, "fork_exec", _fork_exec)
        return
    package = module.__name__.rpartition(".")[0]
    _ = module._ResultItem, module._process_chunk, module._ExceptionWithTraceback  # what a worker needs
    processes.TARGETS[module.__name__, "_process_worker"] = "worker", _WORKER
    threads.ROLES[f"{package}.backend.queues._feed"] = "queue_feeder"
    helper_processes.MARKS[f"{package}.backend.resource_tracker".encode()] = "resource_tracker"
    process_executors.hook(patches, module, *kinds)
    patches.replace(module.ProcessPoolExecutor, "_setup_queues", after(_claim_queues))
    patches.replace(module._ExecutorManagerThread, "flag_executor_shutting_down", before(_note_killed))
    patches.replace(module, "kill_process_tree", before(_note_kill))


def _claim_queues(executor: Any) -> None:
    if session.current is not None:
        wakeup = executor._executor_manager_thread_wakeup
        channels.claim_queues(executor._call_queue, executor._result_queue, wakeup)


def _fork_exec(original: Any) -> Any:
    def fork_exec(*args: Any, **kwargs: Any) -> int:
        try:
            pid = int(original(*args, **kwargs))
        except BaseException as error:
            conceal(error)
            raise
        me = session.get_ident()
        if me in session.pending:
            session.forked_at[me] = clock.clock()
        return pid

    return fork_exec


def _note_kill(process: Any) -> None:
    """Note that an executor kills a worker: of those of a broken one, the dead are killed again."""
    if getattr(process, "exitcode", 0) is None:
        note_stopped(process._popen, signal.SIGKILL)


def _note_killed(manager: Any) -> None:
    """Note that an executor which kills its workers breaks."""
    if manager.executor_flags.kill_workers:
        process_executors.note_broken(manager)
