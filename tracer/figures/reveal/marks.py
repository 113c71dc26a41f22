"""The marks of a figure: what its panels show of the data, apart from their frame of axes, names and lines.

a part  = for each panel, boxes
only    the marks within a part; the frame stays, pixel by pixel
pale    the marks outside of a part
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.transforms import TransformedPath

from tracer.analysis.columns import Floats
from tracer.figures.reveal.boxes import Area, hold, meet, of_name, outline

FRAME = frozenset({"line", "line-name", "edge"})
"""Names of what panels draw to compare with, which is no mark."""
PALE = 0.2
"""The opacity of what does not stand out."""

Part = Mapping[Axes, Sequence[Area]]
"""Areas, by the axes that they lie in; axes that are missing show nothing."""


@dataclass(frozen=True)
class Mark:
    """An artist that shows data; it is drawn within `boxes` alone, if it has any.

    One that is `at` a point is there as a whole or not at all, as that point is.
    """

    artist: Artist
    boxes: Floats | None = None
    at: tuple[float, float] | None = None


@dataclass
class Marks:
    """The marks of each panel.

    Clips are kept: Agg knows the last one that it drew by its address in memory, where there may be another.
    """

    of: dict[Axes, list[Mark]] = field(default_factory=dict)
    clips: dict[tuple[Axes, bytes], TransformedPath] = field(default_factory=dict)

    @contextlib.contextmanager
    def taken(self, ax: Axes) -> Iterator[None]:
        """Take what the body draws into axes for marks, but what belongs to the frame."""
        before = set(ax.get_children())
        yield
        made = [artist for artist in ax.get_children() if artist not in before]
        shown = [artist for artist in made if artist.get_gid() not in FRAME and not _is_fixed(ax, artist)]
        self.of.setdefault(ax, []).extend(Mark(artist, at=_anchor(artist)) for artist in shown)

    def add(self, ax: Axes, artist: Artist, at: tuple[float, float]) -> None:
        """Add an artist that is there as soon as a point of axes is."""
        self.of.setdefault(ax, []).append(Mark(artist, at=at))

    def texts(self) -> list[Text]:
        """The marks that are texts."""
        return [mark.artist for marks in self.of.values() for mark in marks if isinstance(mark.artist, Text)]

    def pale(self, part: Part) -> None:
        """Make pale, for good, what lies outside of a part."""
        for ax, marks in self.of.items():
            kept: list[Mark] = []
            for mark in marks:
                boxes = of_name(part.get(ax, ()), mark.artist.get_gid())
                if mark.at is not None:
                    if not hold(boxes, *mark.at):
                        _fade(mark.artist)
                elif len(boxes):
                    bright = self._copy(ax, mark.artist, boxes)
                    kept.append(replace(mark, artist=bright, boxes=boxes))
                    _fade(mark.artist)
                else:
                    _fade(mark.artist)
                kept.append(mark)
            self.of[ax] = kept

    @contextlib.contextmanager
    def only(self, part: Part) -> Iterator[None]:
        """Draw, while the body runs, only what lies in a part."""
        undo = contextlib.ExitStack()
        with undo:
            for ax, marks in self.of.items():
                self._show(ax, marks, part.get(ax, ()), undo)
            yield

    def _show(
        self, ax: Axes, marks: Iterable[Mark], areas: Sequence[Area], undo: contextlib.ExitStack
    ) -> None:
        for mark in marks:
            artist = mark.artist
            boxes, at = of_name(areas, artist.get_gid()), mark.at
            if at is not None or not len(boxes):
                undo.callback(artist.set_visible, artist.get_visible())
                artist.set_visible(artist.get_visible() and at is not None and hold(boxes, *at))
                continue
            undo.callback(artist.set_clip_path, artist.get_clip_path())
            undo.callback(artist.set_clip_on, artist.get_clip_on())
            artist.set_clip_path(self._clip(ax, boxes if mark.boxes is None else meet(mark.boxes, boxes)))
            artist.set_clip_on(True)

    def _clip(self, ax: Axes, boxes: Floats) -> TransformedPath:
        key = ax, boxes.tobytes()
        if key not in self.clips:
            self.clips[key] = TransformedPath(outline(boxes), ax.transData)
        return self.clips[key]

    def _copy(self, ax: Axes, artist: Artist, boxes: Floats) -> Artist:
        """A second artist like the first, drawn over it within boxes alone."""
        made = copy.copy(artist)
        ax.add_artist(made)
        made.set_in_layout(False)
        made.set_clip_on(True)
        made.set_clip_path(self._clip(ax, boxes))
        return made


def _is_fixed(ax: Axes, artist: Artist) -> bool:
    """Tell whether a text stands at a place of the panel, and not at a value."""
    return isinstance(artist, Text) and artist.get_transform() is ax.transAxes


def _anchor(artist: Artist) -> tuple[float, float] | None:
    """Where a mark stands that is there as a whole or not at all: a text; None for what can be cut."""
    if isinstance(artist, Annotation):
        x, y = artist.xy
        return float(x), float(y)
    if isinstance(artist, Text):
        x, y = artist.get_position()
        return float(x), float(y)
    return None


def _fade(artist: Artist) -> None:
    alpha = artist.get_alpha()
    artist.set_alpha(PALE * (1.0 if alpha is None else alpha))
    if isinstance(artist, Text) and (patch := artist.get_bbox_patch()) is not None:
        _fade(patch)
    if isinstance(artist, Line2D):
        artist.set_markeredgewidth(0)  # its own opacity would be seen through the mark
