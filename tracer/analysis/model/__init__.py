"""The model: what a pool would have done otherwise, from what its tasks were measured to take.

    trace ─► measured ─► Workload ─► changes ─► Workload ─► simulate ─► makespan

One dispatching thread, a pipe with its capacity and one reader at a time, workers, a receiving thread, and
cores that are shared by time slices. What it predicts is scaled by how well it replays the run itself.
"""

from tracer.analysis.model.changes import Change, unpickled
from tracer.analysis.model.measured import measured
from tracer.analysis.model.prediction import Prediction, WhatIf, model_of
from tracer.analysis.model.simulate import Outcome, simulate
from tracer.analysis.model.workload import Workload

__all__ = [
    "Change",
    "Outcome",
    "Prediction",
    "WhatIf",
    "Workload",
    "measured",
    "model_of",
    "simulate",
    "unpickled",
]
