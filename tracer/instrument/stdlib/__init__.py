"""Hooks on the standard library: threading, multiprocessing and concurrent.futures."""

from __future__ import annotations

from tracer.instrument.core.patch import Adapter, Hook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tracer.instrument.core.versions import Tried

_HERE = "tracer.instrument.stdlib."


def like_multiprocessing(library: str, pool: str, thread_pool: str, tried: Tried | None = None) -> Adapter:
    """Describe `multiprocessing`, or a package that was copied from it and has its modules by the same names.

    `pool` and `thread_pool` are the kinds of its two pools.
    """
    hooks = {
        "process": Hook(_HERE + "processes"),
        "popen_fork": Hook(_HERE + "popen"),
        "popen_forkserver": Hook(_HERE + "popen"),
        "spawn": Hook(_HERE + "spawning"),
        "reduction": Hook(_HERE + "preparing"),
        "util": Hook(_HERE + "helper_processes"),
        "synchronize": Hook(_HERE + "locks"),
        "pool": Hook(_HERE + "pools", pool, thread_pool),
        "queues": Hook(_HERE + "queues"),
        "connection": Hook(_HERE + "connections"),
        "managers": Hook(_HERE + "proxies"),
    }
    return Adapter(library, {f"{library}.{name}": hook for name, hook in hooks.items()}, tried)


ADAPTERS = [
    Adapter("os", {"os": Hook(_HERE + "programs")}),
    Adapter("subprocess", {"subprocess": Hook(_HERE + "subprocesses")}),
    Adapter("threading", {"threading": Hook(_HERE + "threads")}),
    like_multiprocessing("multiprocessing", "Pool", "ThreadPool"),
    Adapter("asyncio", {"asyncio.events": Hook(_HERE + "coroutines")}),
    Adapter(
        "concurrent.futures",
        {
            "concurrent.futures._base": Hook(_HERE + "futures"),
            "concurrent.futures.process": Hook(_HERE + "process_executors", "ProcessPoolExecutor"),
            "concurrent.futures.thread": Hook(
                _HERE + "thread_executors", "ThreadPoolExecutor", "InterpreterPoolExecutor"
            ),
            "concurrent.futures.interpreter": Hook(_HERE + "interpreters"),  # new in 3.14
        },
    ),
]
