"""What a trace says in numbers: a function of its tables gives a frozen result with units.

No figure and no command works out a number of its own: they ask here.
"""

from tracer.analysis.concurrency import Running, concurrency
from tracer.analysis.cores.use import Use, core_use, task_cores
from tracer.analysis.sentence import sentence
from tracer.analysis.structure.workers import Worker, workers
from tracer.analysis.summary import Summary, summarize

__all__ = [
    "Running",
    "Summary",
    "Use",
    "Worker",
    "concurrency",
    "core_use",
    "sentence",
    "summarize",
    "task_cores",
    "workers",
]
