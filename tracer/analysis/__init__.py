"""What a trace says in numbers: frozen parameters, called with a `Trace`, give a frozen result with units.

No figure and no command works out a number of its own: they ask here.
"""

from tracer.analysis.concurrency import Concurrency, Running
from tracer.analysis.cores.use import CoreUse, TaskCores, Use
from tracer.analysis.sentence import sentence
from tracer.analysis.structure.workers import Worker, Workers
from tracer.analysis.summary import Summarize, Summary, summarize

__all__ = [
    "Concurrency",
    "CoreUse",
    "Running",
    "Summarize",
    "Summary",
    "TaskCores",
    "Use",
    "Worker",
    "Workers",
    "sentence",
    "summarize",
]
