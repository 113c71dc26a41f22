"""tracer: a visual process-timeline tracer for Python multiprocessing.

    with tracer.trace("outputs/block") as t:     # every process, pool, executor and thread started inside
        with Pool(4) as pool:
            pool.map(square, range(100))
    t.tasks, t.processes, t.gantt()              # pandas frames, a matplotlib figure
    t.task_cores()                               # each task: on a core, without one, blocked

    with tracer.span("load"): ...                # the program's own interval, in any process
    t = tracer.load("outputs/block")             # later, elsewhere
    %load_ext tracer                             # in a notebook: `%%tracer` on a cell

Everything is reached lazily: importing this in a worker loads none of it, and no other module at all.

PYTEST_DONT_REWRITE: pytest would warn that a plugin was loaded before it, as this is in a traced program.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tracer._version import __version__ as __version__
    from tracer.block import trace as trace
    from tracer.errors import TraceError as TraceError
    from tracer.errors import TracerError as TracerError
    from tracer.instrument.core.spans import span as span
    from tracer.instrument.stdlib.named_classes import Pool as Pool
    from tracer.instrument.stdlib.named_classes import Process as Process
    from tracer.instrument.stdlib.named_classes import ProcessPoolExecutor as ProcessPoolExecutor
    from tracer.instrument.stdlib.named_classes import Thread as Thread
    from tracer.instrument.stdlib.named_classes import ThreadPool as ThreadPool
    from tracer.instrument.stdlib.named_classes import ThreadPoolExecutor as ThreadPoolExecutor
    from tracer.traces import Trace as Trace
    from tracer.traces import load as load

_HOMES = {
    "__version__": "tracer._version",
    "trace": "tracer.block",
    "TraceError": "tracer.errors",
    "TracerError": "tracer.errors",
    **dict.fromkeys(
        ("Pool", "Process", "ProcessPoolExecutor", "Thread", "ThreadPool", "ThreadPoolExecutor"),
        "tracer.instrument.stdlib.named_classes",
    ),
    "span": "tracer.instrument.core.spans",
    "load": "tracer.traces",
    "Trace": "tracer.traces",
}

__all__ = [*_HOMES]

_HOMES |= dict.fromkeys(("load_ipython_extension", "unload_ipython_extension"), "tracer.notebook")

if not TYPE_CHECKING:  # to a type checker, a name that is none is an error

    def __getattr__(name):
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module 'tracer' has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(home), name)
        globals()[name] = value
        return value
