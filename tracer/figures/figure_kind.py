"""What a kind of figure is: its name, what it shows, its options, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tracer.figures.options import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Subject = TypeVar("Subject")
Chosen = TypeVar("Chosen", bound=Options)


def _nothing(_subject: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class FigureKind(Generic[Subject, Chosen]):
    """One kind of figure of a `Subject`: a trace, runs that are compared, a sweep.

    `name`     the stem of its files, and what the command line calls it
    `title`    what a sentence calls it: "the Gantt chart"
    `help`     what it shows
    `options`  `Options`, or a subclass with options of its own
    `make`     draws a subject; it imports matplotlib itself, so that a command line can name all figures
               without
    `suggest`  options that the subject itself suggests, by name
    `built_up` whether it can be written step by step, and as an animation
    """

    name: str
    title: str
    help: str
    options: type[Chosen]
    make: Callable[[Subject, Chosen], Figure]
    suggest: Callable[[Subject], Mapping[str, Any]] = _nothing
    built_up: bool = False

    def draw(self, subject: Subject, options: Chosen | None = None, **changes: Any) -> Figure:
        """Draw a subject, the empty one too, as one figure for a 16:9 slide.

        `changes` are fields of the options to set: `GANTT.draw(trace, theme="dark", lanes=("main", "W2"))`.
        Raises OptionsError for options that make no sense.
        """
        from tracer.figures.page.page import Drawing
        from tracer.figures.style.fonts import fit, style

        chosen = replace(options or self.options(), **changes)
        with style():
            figure = self.make(subject, chosen)
            fit(figure)
        if isinstance(figure, Drawing):
            kind = f"{self.title[:1].upper()}{self.title[1:]}, {self.help}"
            figure.description = ". ".join(filter(None, (figure.title, kind, figure.description)))
        return figure
