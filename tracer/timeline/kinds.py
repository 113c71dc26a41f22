"""The kinds of bars: their names, what people read, in the order of the stack; a view gives them colours."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.record.kinds import DATA_WAIT, IMPORT, INTERPRETER, MANAGER, PREPARING


@dataclass(frozen=True)
class BarKind:
    """A kind of bar: its name in the program, its label in a whole legend, and what an audience reads.

    `words` of kinds that are told in one breath are parts of a sentence (see `tracer.figures.page.legend`).
    """

    name: str
    label: str
    words: str


# Kinds of `BARS` do not overlap within a lane: where short ones are merged, they are stacked, first lowest.
BARS = (
    BarKind("run", "run", "function runs"),
    BarKind("error", "run, raised", "raised an exception"),
    BarKind("lost", "lost with its worker (✕)", "lost with its worker (✕)"),
    BarKind("unfinished", "run, not seen to end", "not seen to end"),
    BarKind("pickle", "pickle", "pickled"),
    BarKind("unpickle", "unpickle", "unpickled"),
    BarKind("pipe", "pipe", "in the pipe"),
    BarKind("deliver", "deliver", "delivered"),
    BarKind("wait", "wait", "waits for a task"),
    BarKind("call", "call", "starts up"),
    BarKind("interpreter", "process", "starts up"),
    BarKind("prepare", "set-up", "starts up"),
    BarKind("exit", "exit", "ends"),
)
SPANS = (
    BarKind("span_user", "user span", "step of your own"),
    BarKind("span_lock", "lock, condition, event", "waits for a lock or event"),
    BarKind("span_queue", "queue, pipe, manager", "waits at a queue or pipe"),
    BarKind("span_data", "data wait", "waits for data"),
    BarKind("span_join", "join", "waits for the end of others"),
    BarKind("span_interpreter", "interpreter", "starts an interpreter"),
    BarKind("span_initializer", "initializer", "runs the initializer"),
    BarKind("span_import", "import", "imports modules"),
    BarKind("span_preparing", "hand over", "hands data to a new process"),
    BarKind("span_other", "other span", "another step"),
)
DIED = BarKind("died", "died (✕)", "a process died (✕)")
"""The end of a process that died with no task in its hands."""
ON_CORE = BarKind("on_core", "on a core, no worker", "program outside its workers")
"""What the program's first thread computes itself, and what its managers' processes do."""
UNSHOWN = BarKind("unshown", "on a core, worker without a lane here", "worker that is not shown")
"""Workers on the cores where lanes were chosen, and theirs are not among them."""
# What a thread did within a run when it held no core (see `tracer.timeline.states`).
STATES = (
    BarKind("preempted", "preempted by siblings", "could run, but siblings have the cores"),
    BarKind("other_programs", "preempted by other programs", "another program has the core"),
    BarKind("blocked", "blocked or woken", "waits, or was just woken"),
    BarKind("unknown", "not seen on a core", "not seen on a core"),
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
