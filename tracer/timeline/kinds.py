"""The kinds of bars: their names, what people read, in the order of the stack; a view gives them colours."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.record.kinds import DATA_WAIT, IMPORT, INTERPRETER, MANAGER, PREPARING


@dataclass(frozen=True)
class BarKind:
    """A kind of bar: its name in the program, and its label in a legend."""

    name: str
    label: str


# Kinds of `BARS` do not overlap within a lane: where short ones are merged, they are stacked, first lowest.
BARS = (
    BarKind("run", "run"),
    BarKind("error", "run, raised"),
    BarKind("lost", "lost with its worker (✕)"),
    BarKind("unfinished", "run, not seen to end"),
    BarKind("pickle", "pickle"),
    BarKind("unpickle", "unpickle"),
    BarKind("pipe", "pipe"),
    BarKind("deliver", "deliver"),
    BarKind("wait", "wait"),
    BarKind("call", "call"),
    BarKind("interpreter", "process"),
    BarKind("prepare", "set-up"),
    BarKind("exit", "exit"),
)
SPANS = (
    BarKind("span_user", "user span"),
    BarKind("span_lock", "lock, condition, event"),
    BarKind("span_queue", "queue, pipe, manager"),
    BarKind("span_data", "data wait"),
    BarKind("span_join", "join"),
    BarKind("span_interpreter", "interpreter"),
    BarKind("span_initializer", "initializer"),
    BarKind("span_import", "import"),
    BarKind("span_preparing", "hand over"),
    BarKind("span_other", "other span"),
)
DIED = BarKind("died", "died (✕)")
"""The end of a process that died with no task in its hands."""
ON_CORE = BarKind("on_core", "on a core, no worker")
"""What the program's first thread computes itself, and what its managers' processes do."""
# What a thread did within a run when it held no core (see `tracer.timeline.states`).
STATES = (
    BarKind("preempted", "preempted by siblings"),
    BarKind("other_programs", "preempted by other programs"),
    BarKind("blocked", "blocked or woken"),
    BarKind("unknown", "not seen on a core"),
)
WITHOUT = ("preempted", "other_programs")
"""The kinds of `STATES` in which a thread could have run."""
RUNS = ("run", "error", "lost", "unfinished")
"""The kinds of `BARS` in which a task, a process's target or a thread of the program ran."""
SPAN_OF_CATEGORY = {
    "user": "span_user",
    **dict.fromkeys(("lock", "condition", "event", "barrier"), "span_lock"),
    **dict.fromkeys(("queue", "pipe", MANAGER), "span_queue"),
    DATA_WAIT: "span_data",
    "join": "span_join",
    INTERPRETER: "span_interpreter",
    "initializer": "span_initializer",
    IMPORT: "span_import",
    PREPARING: "span_preparing",
}
