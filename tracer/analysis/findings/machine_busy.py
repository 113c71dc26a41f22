"""machine-busy: other programs held the cores while the program wanted them."""

from __future__ import annotations

from tracer.analysis.account.categories import WITHOUT
from tracer.analysis.columns import Integers, equals, integers
from tracer.analysis.cores.shortage import shortage
from tracer.analysis.cores.takers import Taker, takers
from tracer.analysis.cores.use import cores_allowed
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import PRINCIPAL, Finding, seconds
from tracer.analysis.structure.pools import pools
from tracer.wording import percent

LEAST = PRINCIPAL
"""With less of the run than this the services of a quiet machine get by: it scatters by as much."""
MATTERS = 0.25
"""From here on the run took a third longer, and it is worth a headline. With less the program's own causes
are told as well as on a quiet machine, and they are what a reader can change: they come first."""

MOST_NAMED, LEAST_NAMED = 3, 0.1
"""So many programs are named, of those that took at least this share of what was taken."""


def find(context: Context) -> Finding | None:
    """Look at what the program had of the cores that it wanted, while its tasks or processes ran.

    Needs exact slices: samples do not tell who had a core.
    """
    had, window = shortage(context.trace), context.account.makespan or context.window
    allowed, length = cores_allowed(context.trace), (window[1] - window[0]) / 1e9
    if had is None or length <= 0 or not allowed:
        return None
    lost = had.stood_still_ns(_who(context), window) / 1e9
    if lost < LEAST * length:
        return None
    taken = min(had.taken_ns(window) / 1e9 / (length * allowed), 1.0)
    without = sum(context.spent[name] for name in WITHOUT)
    theirs, others = context.spent["other_programs"], takers(context.trace, window)
    lacked = (
        f"; {context.who} lacked a core {percent(context.share(*WITHOUT))} of the time, "
        f"{percent(theirs / without)} of that because of others"
        if context.load is not None and theirs > 0 and len(pools(context.trace)) < 2
        else ""
    )
    return Finding(
        "machine-busy",
        lost,
        min(lost / length, 1.0),
        title=f"other programs took {percent(taken)} of the cores",
        what=(
            f"{_whose(others)} had {percent(taken)} of the cores while the program wanted them: about "
            f"{seconds(lost)} of {seconds(length)}{lacked}.{_most(others)}"
        ),
        advice="Run it again when the machine is quiet: what else is said here was measured beside others.",
        evidence={
            "cores_taken_share": taken,
            "cores": allowed,
            "stood_still_seconds": lost,
            "without_a_core_share": context.share(*WITHOUT),
            "without_a_core_by_others_share": context.share("other_programs"),
            "taken_by": [
                {"name": one.name, "pids": list(one.pids), "seconds": one.taken_ns / 1e9}
                for one in others[:MOST_NAMED]
            ],
        },
        principal_from=MATTERS,
    )


def _whose(others: list[Taker]) -> str:
    """Return whose the cores were: where the kernel told of the program alone, perhaps the host's."""
    return "Other programs" if others else "Other programs, or the host of a virtual machine,"


def _most(others: list[Taker]) -> str:
    """Return a sentence that names those which took a tenth or more of what was taken."""
    whole = sum(one.taken_ns for one in others)
    named = [one for one in others[:MOST_NAMED] if one.taken_ns >= LEAST_NAMED * whole]
    said = ", ".join(f"{one.who} had {percent(one.taken_ns / whole)}" for one in named)
    return f" Of that, {said}." if said else ""


def _who(context: Context) -> Integers:
    """Return the processes that did the work; the main one where there were no others."""
    if context.load is not None:
        return context.account.lanes["process"].to_numpy()[context.lanes]
    return integers(context.trace.processes, "process")[equals(context.trace.processes, "role", "main")]
