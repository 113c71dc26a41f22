"""The words around a sequence diagram."""

from __future__ import annotations

from tracer.figures.style.text import clean, joined
from tracer.timeline.sequence import UNKNOWN, WAIT, Sequence
from tracer.wording import duration

_ENDED = {
    "lost": "was lost with its worker",
    "cancelled": "was cancelled",
    "broken": "was never run: its pool broke before",
    "unpicklable": "could not be pickled",
    "unfinished": "was not seen to end",
}


def title(way: Sequence) -> str:
    """In one sentence, what a task's time was made of."""
    task, name = f"Task {way.task}", clean(way.function, 30)
    if way.status in _ENDED:
        return f"{task} {_ENDED[way.status]}: {name}" if name else f"{task} {_ENDED[way.status]}"
    ran, waited = way.time_of("run"), way.time_of(WAIT)
    raised = f", which raised {clean(way.error, 30)}" if way.error else ""
    ran_for = f"{duration(ran)} in {name or 'its function'}{raised}"
    if way.time_of(UNKNOWN) or not ran:
        return f"{task} took {duration(way.length_ns)}, {ran_for}"
    rest = duration(max(way.length_ns - ran - waited, 0.0))
    return f"{task} took {duration(way.length_ns)}: {duration(waited)} waiting, {ran_for}, {rest} on its way"


def notes(way: Sequence) -> str:
    """How to read the diagram."""
    unknown = "grey in it: not recorded, what it was" if way.time_of(UNKNOWN) else ""
    return joined(["time runs downwards, step by step, not to scale", "the bar below is to scale", unknown])
