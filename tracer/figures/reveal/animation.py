"""A figure in which time runs, as GIF and animated WebP: a line goes through it and leaves its marks behind.

    frame ─┐  axes and names alone           left of the line: the bars
    bars  ─┼► a picture an instant           right of it:      the frame
    whole ─┘  texts as well                  a text:           once the line has passed it

Three pictures are drawn, all others are put together from them: what does not move is the same in all.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from PIL import Image

from tracer.analysis.columns import Booleans, Floats
from tracer.figures.reveal.build_up import BuildUp
from tracer.figures.reveal.colours import few_colours, in_few, indexed

PICTURES, EACH_MS, LAST_MS = 60, 80, 4000
LINE_PX = 3
_XMP = """\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>\
<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"""

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class _Column:
    """Axes under one another over one time axis, in pixels of the picture."""

    left: float
    right: float
    top: int
    bottom: int
    start_ns: float
    end_ns: float

    def x(self, at_ns: float) -> float:
        share = (at_ns - self.start_ns) / (self.end_ns - self.start_ns)
        return float(self.left + np.clip(share, 0, 1) * (self.right - self.left))


@dataclass(frozen=True)
class _Layers:
    """The pictures that all others are made of, and where each text stands: x0, x1, y0, y1."""

    frame: Picture
    bars: Picture
    whole: Picture
    texts: NDArray[np.int64]


def animation(figure: Figure, build_up: BuildUp, form: str, description: str) -> bytes:
    """The bytes of a GIF or WebP file; its last picture is the whole figure, and stays for a while."""
    layers = _layers(figure, build_up)
    columns = _columns(build_up, layers.whole.shape[0])
    times = _times(columns)
    ink = np.array([*(round(255 * part) for part in to_rgb(build_up.line)), 255], np.uint8)
    if form == "gif":
        return _gif(layers, columns, times, ink, build_up.ground, description)
    pictures = [_at(layers, columns, at, ink) for at in times]
    return _webp([Image.fromarray(picture) for picture in (*pictures, layers.whole)], description)


def _layers(figure: Figure, build_up: BuildUp) -> _Layers:
    whole = _drawn(figure)
    texts = build_up.marks.texts()
    height = whole.shape[0]
    boxes = [_extent(text) for text in texts]
    places = [
        [int(box.x0) - 4, int(box.x1) + 5, height - int(box.y1) - 5, height - int(box.y0) + 4]
        for box in boxes
    ]
    with build_up.marks.only({}):
        frame = _drawn(figure)
    with contextlib.ExitStack() as undo:
        for text in texts:
            undo.callback(text.set_visible, text.get_visible())
            text.set_visible(False)
        bars = _drawn(figure)
    return _Layers(frame, bars, whole, np.maximum(np.array(places, np.int64).reshape(-1, 4), 0))


def _extent(text: Text) -> Bbox:
    """What a text covers, with its ground and its arrow."""
    patch = text.get_bbox_patch()
    return Bbox.union([text.get_window_extent(), *([patch.get_window_extent()] if patch else [])])


def _drawn(figure: Figure) -> Picture:
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba(), np.uint8)


def _columns(build_up: BuildUp, height: int) -> list[_Column]:
    found: dict[tuple[float, float], list[Axes]] = {}
    for ax, clock in build_up.clocks.items():
        found.setdefault((clock.window.start_ns, clock.window.end_ns), []).append(ax)
    made = []
    for (start, end), panels in found.items():
        boxes = [ax.get_window_extent() for ax in panels]
        top, bottom = (height - max(box.y1 for box in boxes), height - min(box.y0 for box in boxes))
        made.append(_Column(boxes[0].x0, boxes[0].x1, round(top), round(bottom), start, end))
    return made


def _times(columns: Sequence[_Column]) -> Floats:
    """The instants of the pictures; half of them within what is magnified, if anything is."""
    first, last = columns[0].start_ns, columns[0].end_ns
    if len(columns) == 1:
        return np.linspace(first, last, PICTURES)
    low, high = np.clip([columns[1].start_ns, columns[1].end_ns], first, last)
    before = max(round(PICTURES / 2 * (low - first) / max(low - first + last - high, 1.0)), 1)
    after = max(PICTURES // 2 - before, 1)
    parts = ((first, low, before), (low, high, PICTURES // 2), (high, last, after))
    return np.concatenate([np.linspace(start, end, number) for start, end, number in parts])


def _passed(columns: Sequence[_Column], at_ns: float, width: int) -> Booleans:
    """Tell for each column of pixels whether its time has come."""
    x, passed = np.arange(width), np.zeros(width, np.bool_)
    for column in columns:
        passed |= (x >= column.left - 1) & (x < column.x(at_ns))
    return passed


def _at(layers: _Layers, columns: Sequence[_Column], at_ns: float, ink: Picture | np.uint8) -> Picture:
    """The picture of an instant; `ink` is a pixel of the line."""
    passed = _passed(columns, at_ns, layers.whole.shape[1])
    picture = layers.frame.copy()
    picture[:, passed] = layers.bars[:, passed]
    for x0, x1, y0, y1 in layers.texts.tolist():
        if passed[x0:x1].all():
            picture[y0:y1, x0:x1] = layers.whole[y0:y1, x0:x1]
    for column in columns:
        if column.start_ns <= at_ns <= column.end_ns:
            x = round(column.x(at_ns))
            picture[column.top : column.bottom, max(x - LINE_PX // 2, 0) : x + LINE_PX // 2 + 1] = ink
    return picture


def _webp(pictures: Sequence[Image.Image], description: str) -> bytes:
    file = io.BytesIO()
    first, *others = pictures
    first.save(
        file,
        "WEBP",
        save_all=True,
        append_images=others,
        duration=[*[EACH_MS] * len(others), LAST_MS],
        loop=0,
        lossless=True,
        quality=20,
        method=1,
        xmp=_XMP.format(escape(description)).encode(),
    )
    return file.getvalue()


def _gif(
    layers: _Layers,
    columns: Sequence[_Column],
    times: Floats,
    ink: Picture,
    ground: str,
    description: str,
) -> bytes:
    """A GIF has 256 colours and no half transparency: all its pictures share them, over the ground."""
    flat = [_flat(picture, ground) for picture in (layers.frame, layers.bars, layers.whole)]
    every = np.concatenate([*flat, np.tile(ink[:3], (4, flat[0].shape[1], 1))])
    palette = few_colours(every)
    frame, bars, whole, line = (in_few(picture, palette) for picture in (*flat, ink[:3].reshape(1, 1, 3)))
    few = _Layers(frame, bars, whole, layers.texts)
    pictures = (*(_at(few, columns, at, line[0, 0]) for at in times), whole)
    made = [indexed(picture, palette) for picture in pictures]
    file = io.BytesIO()
    made[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=made[1:],
        duration=[*[EACH_MS] * (len(made) - 1), LAST_MS],
        loop=0,
        comment=description.encode(),
        optimize=False,
    )
    return file.getvalue()


def _flat(picture: Picture, ground: str) -> Picture:
    """A picture without transparency, on its ground."""
    alpha = picture[:, :, 3:].astype(np.float64) / 255
    base = 255 * np.array(to_rgb(ground))
    return np.asarray(np.rint(picture[:, :, :3] * alpha + base * (1 - alpha)), np.uint8)
