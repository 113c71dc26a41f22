"""A library's pool, with the library's hooks hidden: what is seen where one is not followed.

python unfollowed.py LIBRARY     20 tasks of 15 ms in two processes
"""

import importlib
import sys
import time
from typing import Any


def compute(milliseconds: float) -> float:
    """Calculate until this thread has used so much CPU time."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        sum(range(100))
    return milliseconds


def hide() -> None:
    """Let the tracer wait for no library's modules, if it is there."""
    from tracer.instrument import install, libraries

    if install._watch is not None:
        for adapter in libraries.ADAPTERS:
            for name in adapter.hooks:
                install._watch._waiting.pop(name, None)


def results(library: str, work: list[float]) -> list[Any]:
    """Compute in two processes of a library."""
    name, _, backend = library.partition(":")
    module: Any = importlib.import_module(name)
    if name == "joblib":
        return list(module.Parallel(2, backend=backend)(module.delayed(compute)(each) for each in work))
    if name == "loky":
        executor = module.get_reusable_executor(2)
        done = list(executor.map(compute, work))
        executor.shutdown()
        return done
    if name == "mpire":
        with module.WorkerPool(2) as pool:
            return list(pool.map(compute, work, chunk_size=1))
    if name == "pebble":
        with module.ProcessPool(2) as pool:
            return list(pool.map(compute, work).result())
    with module.Pool(2) as pool:  # a copy of multiprocessing
        return list(pool.map(compute, work, chunksize=1))


if __name__ == "__main__":
    hide()
    print(len(results(sys.argv[1], [15.0] * 20)))
