"""What can be chosen when a figure is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.figures.style.palette import THEMES

PANELS = ("processes", "cores", "concurrency")
FORMATS = ("png", "svg", "pdf")
SLIDE_WIDTH_IN = (
    40 / 3
)  # of a 16:9 slide; any size in pixels is drawn as if this wide, so text keeps its share


class OptionsError(ValueError):
    """Options that make no sense, or not for the trace that is to be drawn."""


@dataclass(frozen=True)
class Options:
    """How to draw a run.

    `panels`   which of `PANELS`, from top to bottom
    `lanes`    names, PIDs, roles or W-numbers ("W2") of the lanes to draw; empty: all
    `theme`    "light" or "dark"
    `size_px`  width and height in pixels
    `window_ns` the part of the run to draw, in nanoseconds since the origin; None: where something happens
    `title`    the sentence above the figure; empty: the run in numbers
    `critical_path` whether to draw the steps that decided the makespan over the Gantt chart
    `zoom`     whether to magnify the tasks in a second column, where they are too short beside start-up

    Raises OptionsError for a name that is not known or a size or window that is empty.
    """

    panels: tuple[str, ...] = PANELS
    lanes: tuple[str, ...] = ()
    theme: str = "light"
    size_px: tuple[int, int] = (1920, 1080)
    window_ns: tuple[float, float] | None = None
    zoom: bool = True
    critical_path: bool = False
    title: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if unknown := [panel for panel in self.panels if panel not in PANELS]:
            raise OptionsError(f"no panel {unknown[0]!r}: choose from {', '.join(PANELS)}")
        if not self.panels:
            raise OptionsError(f"no panel chosen: choose from {', '.join(PANELS)}")
        if self.theme not in THEMES:
            raise OptionsError(f"no theme {self.theme!r}: choose from {', '.join(THEMES)}")
        if min(self.size_px) < 100 or max(self.size_px) > 20_000:
            raise OptionsError(f"size {self.size_px[0]}x{self.size_px[1]}: 100 to 20000 pixels a side")
        if self.window_ns is not None and not self.window_ns[1] > self.window_ns[0]:
            raise OptionsError(f"window {self.window_ns}: its end must lie after its start")

    @property
    def dpi(self) -> float:
        """Pixels per inch at which the figure is `size_px` large."""
        return self.size_px[0] / SLIDE_WIDTH_IN

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return SLIDE_WIDTH_IN, self.size_px[1] / self.dpi
