"""The stock classes by name, for `tracer.trace(named_only=True)`: those are traced, and nothing else is.

Nothing is overridden: the hooks are on the stock classes, and these bear a mark that they look for.
"""

from concurrent import futures
from multiprocessing import Process as _Process
from multiprocessing import pool
from threading import Thread as _Thread


class Process(_Process):
    """`multiprocessing.Process`, traced by name."""

    _traced_by_name = True


class Pool(pool.Pool):
    """`multiprocessing.Pool` (the class: `context=` chooses a start method), traced by name."""

    _traced_by_name = True


class ThreadPool(pool.ThreadPool):
    """`multiprocessing.pool.ThreadPool`, traced by name."""

    _traced_by_name = True


class ProcessPoolExecutor(futures.ProcessPoolExecutor):
    """`concurrent.futures.ProcessPoolExecutor`, traced by name."""

    _traced_by_name = True


class ThreadPoolExecutor(futures.ThreadPoolExecutor):
    """`concurrent.futures.ThreadPoolExecutor`, traced by name."""

    _traced_by_name = True


class Thread(_Thread):
    """`threading.Thread`, traced by name."""

    _traced_by_name = True
