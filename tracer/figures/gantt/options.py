"""What can be chosen when a Gantt chart is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tracer.figures.options import AsText, Options, OptionsError, option, words

PANELS = ("processes", "cores", "concurrency")
HIGHLIGHTS = {
    "task": "task=5",
    "worker": "worker=2",
    "phase": "phase=pickle",
    "function": "function=NAME",
}


def _window(text: str) -> tuple[float, float]:
    wrong = f"{text!r} is not FROM,TO in milliseconds, such as 0,250"
    try:
        start, end = (float(word) for word in text.split(","))
    except ValueError:
        raise OptionsError(wrong) from None
    if not (math.isfinite(start) and math.isfinite(end)):
        raise OptionsError(wrong)
    if not start < end:
        raise OptionsError(f"{text!r} ends before it starts")
    return start, end


def pinned(text: str) -> tuple[str, float, str]:
    """Split "120:text" or "task=5:text" into "time" or "task", its ms or number, and the text.

    Raises OptionsError.
    """
    where, _, said = text.partition(":")
    what, _, number = where.rpartition("=")
    try:
        value = float(int(number) if what == "task" else number)
    except ValueError:
        value = math.nan
    if what not in ("", "task") or not math.isfinite(value) or not said.strip():
        raise OptionsError(f"note {text!r} is not like 120:TEXT (at 120 ms of the axis) or task=5:TEXT")
    return what or "time", value, said


def wanted(text: str) -> tuple[str, str]:
    """Split "task=5" into what it names and which. Raises OptionsError."""
    what, _, which = text.partition("=")
    if what not in HIGHLIGHTS or not which or (what == "task" and not which.isdecimal()):
        raise OptionsError(f"highlight {text!r} is not like {', '.join(HIGHLIGHTS.values())}")
    return what, which


@dataclass(frozen=True)
class GanttOptions(Options):
    """How to draw a run.

    `panels`   which of `PANELS`, from top to bottom
    `lanes`    names, PIDs, roles or W-numbers ("W2") of the lanes to draw; empty: all
    `window_ms` the part of the run to draw, in milliseconds of the axis; None: where something happens
    `window_ns` the same in nanoseconds since the trace began, as in the tables; not both
    `critical_path` whether to draw the steps that decided the makespan
    `about`    kinds of bars that the title is about: they are in the legend if they are seen
    `highlight` what stands out, such as "task=5" (`timeline.selection`); the rest is pale; empty: all
    `note`     notes above the chart, each with an arrow: "120:text" to 120 ms of the axis, "task=5:text"
    `zoom`     whether to magnify the tasks in a second column, where they are too short beside start-up
    """

    panels: tuple[str, ...] = option(
        PANELS,
        AsText("--panels", f"which of {','.join(PANELS)}, top to bottom (default: all)", words),
    )
    lanes: tuple[str, ...] = option(
        (), AsText("--lanes", "names or PIDs of the lanes to draw (default: all)", words)
    )
    window_ms: tuple[float, float] | None = option(
        None,
        AsText(
            "--window",
            "the part of the run to draw, in milliseconds of the axis (default: all of it)",
            _window,
            "FROM,TO",
        ),
    )
    critical_path: bool = option(
        False,
        AsText("--critical-path", "draw over the chart the steps that decided how long the run took", None),
    )
    highlight: tuple[str, ...] = option(
        (),
        AsText(
            "--highlight",
            f"what stands out, the rest is pale: {', '.join(HIGHLIGHTS.values())}; or several, with commas",
            words,
            "WHAT",
        ),
    )
    note: tuple[str, ...] = option(
        (),
        AsText(
            "--note",
            "a note with an arrow: 120:TEXT to a time of the axis in milliseconds, task=5:TEXT to a task; "
            "may be repeated",
            str,
            "WHERE:TEXT",
            repeated=True,
        ),
    )
    window_ns: tuple[float, float] | None = None
    about: tuple[str, ...] = ()
    zoom: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        super().__post_init__()
        if isinstance(self.highlight, str):
            object.__setattr__(self, "highlight", words(self.highlight))
        for text in self.highlight:
            wanted(text)
        if isinstance(self.note, str):
            object.__setattr__(self, "note", (self.note,))
        for text in self.note:
            pinned(text)
        if unknown := [panel for panel in self.panels if panel not in PANELS]:
            raise OptionsError(f"no panel {unknown[0]!r}: choose from {', '.join(PANELS)}")
        if not self.panels:
            raise OptionsError(f"no panel chosen: choose from {', '.join(PANELS)}")
        for window in (self.window_ms, self.window_ns):
            if window is not None and not window[1] > window[0]:
                raise OptionsError(f"window {window}: its end must lie after its start")

    def window_of(self, zero_ns: float) -> tuple[float, float] | None:
        """Return the window in nanoseconds since the trace began; the axis counts from `zero_ns`."""
        if self.window_ms is None:
            return self.window_ns
        start, end = (zero_ns + edge * 1e6 for edge in self.window_ms)
        return start, end
