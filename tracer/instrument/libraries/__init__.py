"""Hooks on other libraries, one file each.

To add one: a file here whose `hook(patches, module, *kinds)` puts its hooks in place, and its record below:
by the module whose import triggers them, with the kind of its pools and the oldest and newest version tried.

    Adapter("loky", {"loky.process_executor": Hook(_HERE + "loky", "loky")}, ("3.4", "3.7")),

A copy of multiprocessing needs the record alone (`like_multiprocessing`). A hook stands on as few private
names as it can, and raises where one of them is gone: then nothing of it stays in place, and the trace says
so. What the library wraps around the program's functions it enters in `names.WRAPPED`, the targets of its
processes in `processes.TARGETS` (and `processes.GIVEN`), its threads in `threads.ROLES`. A kind of pool that
is unlike `tracer.record.kinds.UNKNOWN` has an entry in that table.

Queues and pipes of multiprocessing are followed for themselves: what a process takes from one again and again
are tasks of kind `Queue`. A library that stamps its own tasks claims those it works with, in the process that
makes them and in each that is handed one (a copy that was pickled does not know):

    from tracer.instrument.stdlib import channels
    channels.claim(comms.tasks, comms.results, connection)

From then on they are left alone there, and no tasks are made of what others recorded of them. In a process
whose role is `worker` (`processes.TARGETS`) nothing that is taken from a queue is a task.
"""

from __future__ import annotations

from tracer.instrument.core.patch import Adapter, Hook
from tracer.instrument.stdlib import like_multiprocessing

_HERE, _STOCK = __name__ + ".", "tracer.instrument.stdlib."


def _of_loky(package: str, kind: str) -> dict[str, Hook]:
    return {
        f"{package}.process_executor": Hook(_HERE + "loky", kind),
        f"{package}.backend.fork_exec": Hook(_HERE + "loky"),
        f"{package}.backend.spawn": Hook(_STOCK + "spawning"),
        f"{package}.backend.popen_loky_posix": Hook(_STOCK + "popen"),
    }


ADAPTERS: list[Adapter] = [
    Adapter("loky", _of_loky("loky", "loky"), ("3.4", "3.7")),
    Adapter(
        "joblib",
        {
            **_of_loky("joblib.externals.loky", "joblib"),
            "joblib.parallel": Hook(_HERE + "joblib", "Pool"),
        },
        ("1.4", "1.6"),
    ),
    Adapter(
        "billiard",
        {
            "billiard.process": Hook(_STOCK + "processes"),
            "billiard.popen_fork": Hook(_STOCK + "popen"),
            "billiard.popen_forkserver": Hook(_STOCK + "popen"),
            "billiard.spawn": Hook(_STOCK + "spawning"),
            "billiard.synchronize": Hook(_STOCK + "locks"),
            "billiard.popen_spawn_posix": Hook(_STOCK + "helper_processes"),
            "billiard.forkserver": Hook(_STOCK + "helper_processes"),
            "billiard.semaphore_tracker": Hook(_STOCK + "helper_processes"),
            "billiard.pool": Hook(_HERE + "billiard.pool", "billiard"),
        },
        ("4.3.2", "4.3"),
    ),
    Adapter("celery", {"celery.concurrency.asynpool": Hook(_HERE + "billiard.celery")}, ("5.7.0", "5.7")),
    like_multiprocessing("multiprocess", "multiprocess", "multiprocess threads", ("0.70.17", "0.70")),
    Adapter(
        "mpire", {"mpire.pool": Hook(_HERE + "mpire.pool", "mpire", "mpire threads")}, ("2.10.2", "2.10")
    ),
    Adapter(
        "pebble",
        {
            "pebble.pool.process": Hook(_HERE + "pebble.processes", "pebble"),
            "pebble.pool.thread": Hook(_HERE + "pebble.threads", "pebble threads"),
            "pebble.concurrent.process": Hook(_HERE + "pebble.decorated", "pebble"),
        },
        ("5.2.3", "5.2"),
    ),
    Adapter("pathos", {"pathos.helpers.mp_helper": Hook(_HERE + "pathos")}, ("0.3.5", "0.3")),
    Adapter(
        "torch",
        {
            "torch.utils.data.dataloader": Hook(_HERE + "torch", "DataLoader"),
            "torch.multiprocessing.reductions": Hook(_HERE + "torch"),
        },
        ("2.13", "2.13"),
    ),
]
