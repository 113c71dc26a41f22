"""Header and footer of a figure, measured before the panels are drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.text import Text

from tracer.figures.page import legend
from tracer.figures.page.legend import MARGIN_PT, Entry
from tracer.figures.style.text import NO_BREAK, clean, fill, statements, width_pt, wrap
from tracer.looks.themes import Theme

TITLE_PT, LEAST_TITLE_PT, SUBTITLE_PT, FOOTER_PT = 25.0, 20.0, 13.0, 10.0
NARROW_PT, NARROW_TITLE_PT, LEAST_NARROW_PT = 600.0, 20.0, 16.0
"""On a narrower figure, half a slide, titles are smaller; they and the footer may take four lines."""
LEAST_COMMAND = 32  # characters of a command that are left of it at least: a scenario's name is whole
LONGEST_COMMAND, MOST_LINES = 60, 5  # of a subtitle that takes several lines


def add_header(figure: Figure, title: str, subtitle: str, theme: Theme) -> float:
    """Write title and subtitle, broken and made smaller to fit; return their height in points."""
    width = figure.get_figwidth() * 72 - 2 * MARGIN_PT
    narrow = width < NARROW_PT
    size, least = (NARROW_TITLE_PT, LEAST_NARROW_PT) if narrow else (TITLE_PT, LEAST_TITLE_PT)
    while size > least and width_pt(title, size, "bold") > width:
        size -= 0.5
    lines = _title_lines(title, size, width, 4 if narrow else 2) if title else []
    height = figure.get_figheight() * 72
    y = 16.0
    for line in lines:
        _write(figure, line, y / height, size, theme.text, "bold", "title")
        y += 1.22 * size
    y += 3
    for line in _subtitle_lines(subtitle, width):
        _write(figure, line, y / height, SUBTITLE_PT, theme.faint, "normal", "subtitle")
        y += 1.3 * SUBTITLE_PT
    return y + 6


def _subtitle_lines(subtitle: str, width: float) -> list[str]:
    """Break a subtitle that is too long for a line between its parts; before that its first one gives way.

    That is the command. As many lines are taken as it needs: nothing is cut off.
    """
    first, *rest = subtitle.split(" · ")
    for longest in range(len(first), LEAST_COMMAND - 1, -1):
        line = " · ".join([clean(first, longest), *rest])
        if width_pt(line, SUBTITLE_PT) <= width:
            return [line] if line else []
    parts = [clean(first, LONGEST_COMMAND), *rest]
    whole = [part if width_pt(part, SUBTITLE_PT) > width else part.replace(" ", NO_BREAK) for part in parts]
    lines = fill(" · ".join(whole), SUBTITLE_PT, width, MOST_LINES)
    return [line.removesuffix(" ·") for line in lines]


def _title_lines(title: str, size: float, width: float, most: int) -> list[str]:
    """Break a title that is too long for a line where a reader pauses, if both lines then fit.

    Else it takes up to `most` lines.
    """
    if width_pt(title, size, "bold") <= width:
        return [title]
    for pauses in ("; ", ": |, "):
        ends = [match.end() for match in re.finditer(pauses, title)]
        breaks = [(title[: end - 1], title[end:]) for end in ends]
        longest = [max(width_pt(line, size, "bold") for line in lines) for lines in breaks]
        if longest and min(longest) <= width:
            return list(breaks[longest.index(min(longest))])
    return wrap(title, size, width, most, "bold")


def _write(figure: Figure, line: str, down: float, size: float, colour: str, weight: str, gid: str) -> Text:
    x = MARGIN_PT / (figure.get_figwidth() * 72)
    return figure.text(
        x,
        1 - down,
        line,
        fontsize=size,
        color=colour,
        fontweight=weight,
        va="top",
        ha="left",
        in_layout=False,
        parse_math=False,
        gid=gid,
    )


@dataclass(frozen=True)
class Footer:
    """What stands below the panels: its height in points, and the room in it that is filled in last."""

    height: float
    notes: Text
    legend: legend.Room


def add_footer(
    figure: Figure, parts: Sequence[str], alert: str, notes: str, entries: Sequence[Entry], theme: Theme
) -> Footer:
    """Write the footer from the bottom up; `alert` is what must not be overlooked: what was lost.

    Room is kept for the longest `notes` and the most `entries` of a legend that there can be: what is said is
    known only when all is drawn.
    """
    width, height = figure.get_figwidth() * 72 - 2 * MARGIN_PT, figure.get_figheight() * 72
    most = 4 if width < NARROW_PT else 2  # lines
    y = 12.0
    whole = " · ".join(part.replace(" ", NO_BREAK) for part in parts)
    for text, colour in ((whole, theme.faint), (alert, theme.accent)):
        for line in reversed(wrap(text, FOOTER_PT, width, most)) if text else ():
            _write(figure, line, 1 - (y + FOOTER_PT) / height, FOOTER_PT, colour, "normal", "footer")
            y += 1.4 * FOOTER_PT
    room = 1.4 * FOOTER_PT * len(statements(notes, FOOTER_PT, width, 3)) if notes else 0.0
    note = _write(figure, "", 1 - y / height, FOOTER_PT, theme.faint, "normal", "notes")
    note.set_verticalalignment("bottom")
    kept = legend.Room(y + room + 6, len(legend.rows(entries, width)[1]))
    return Footer(kept.top + 4, note, kept)


def write_notes(figure: Figure, footer: Footer, notes: str) -> None:
    """Write notes into the room that `add_footer` kept for them."""
    width = figure.get_figwidth() * 72 - 2 * MARGIN_PT
    footer.notes.set_text("\n".join(statements(notes, FOOTER_PT, width, 3)) if notes else "")
    footer.notes.set_linespacing(1.25)
