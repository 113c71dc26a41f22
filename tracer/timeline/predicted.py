"""The timeline of a prediction: what the model says each worker would run, on lanes like those of a run."""

from __future__ import annotations

import numpy as np

from tracer.analysis.model.schedule import Schedule
from tracer.timeline.bars import Bars
from tracer.timeline.lanes import Lane, LaneIndex
from tracer.timeline.processes import ProcessTimeline


def predicted_timeline(schedule: Schedule) -> ProcessTimeline:
    """Return a lane for each worker, and a run for each task; times count from the first submission."""
    lanes = tuple(
        Lane(number, None, None, "worker", f"worker {number}", number, end=-np.inf)
        for number in range(1, schedule.workers + 1)
    )
    number = np.arange(1, schedule.worker.size + 1)
    return ProcessTimeline(
        lanes=lanes,
        left_out=(),
        workers=schedule.workers,
        index=LaneIndex(lanes),
        task_lane=schedule.worker,
        bars=(Bars("run", schedule.worker, schedule.start_ns, schedule.end_ns, number),),
        spans=(),
        states=(),
        on_core=(),
        woken_ns=None,
        span_names=(),
        deaths=(),
        functions=None,
        hidden_roles=(),
        labels={},
    )
