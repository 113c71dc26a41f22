"""How a run shows itself: a few lines at a prompt, a picture and a table in a notebook.

A notebook shows one form of a value, the HTML if it can: so the picture is in that, too. Names come from the
traced program: their markup means nothing and their control characters are written out.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING

from tracer.steps import lacking
from tracer.wording import count, duration, plain

if TYPE_CHECKING:
    from tracer.analysis import Summary
    from tracer.analysis.findings import Finding
    from tracer.tables.tables import Tables

Row = tuple[str, str]

_CELL = "text-align:left;vertical-align:top;white-space:normal"
_WIDEST_PIXELS = 1200


def text(trace: Tables) -> str:
    """Return the run as a few lines: what ran, what held it back, and its tables."""
    said = [f"{name:10}{value}" for name, value in _rows(trace)]
    return "\n".join([f"<Trace of {_command(trace)}>", *(f"  {line}" for line in said)])


def bundle(trace: Tables) -> dict[str, str]:
    """Return the run as MIME type → content: PNG (in base64), HTML and text; without what cannot be drawn."""
    forms = {"text/plain": text(trace)}
    try:
        picture = base64.b64encode(_picture(trace)).decode("ascii")
    except Exception as error:  # a notebook prints a page on what a repr raises
        forms["text/html"] = _html(trace, "", [("figure", _one_line(lacking(error)))])
        return forms
    shown = f'<img style="max-width:100%" width="{_WIDEST_PIXELS}" src="data:image/png;base64,{picture}">'
    forms["text/html"] = _html(trace, shown)
    forms["image/png"] = picture
    return forms


def _html(trace: Tables, picture: str, more: list[Row] | None = None) -> str:
    rows = [("run", _command(trace)), *_rows(trace), *(more or [])]
    cells = "".join(
        f'<tr><th style="{_CELL}">{escape(name)}</th><td style="{_CELL}">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<div>{picture}<table>{cells}</table></div>"


def _picture(trace: Tables) -> bytes:
    from tracer.figures import GANTT, png

    return png(GANTT.draw(trace, **GANTT.suggest(trace)))


def _command(trace: Tables) -> str:
    return _one_line(str(trace.meta.get("command", "")))


def _rows(trace: Tables) -> list[Row]:
    """Return what the run was, row by row; what cannot be worked out is a row that says so."""
    rows: list[Row] = []
    for part in (_numbers, _finding, _tables):
        rows += _attempt(lambda part=part: list(part(trace)))  # type: ignore[misc]
    return rows


def _attempt(work: Callable[[], list[Row]]) -> list[Row]:
    try:
        return [(name, _one_line(value)) for name, value in work()]
    except Exception as error:
        return [("not known", _one_line(lacking(error)))]


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()))


def _numbers(trace: Tables) -> Iterator[Row]:
    from tracer.analysis import summarize
    from tracer.analysis.sentence import sentence

    summary: Summary = summarize(trace)
    yield "ran", f"{sentence(summary)}."
    if summary.wall_ns is not None:
        yield "took", duration(summary.wall_ns)
    for kind, number in summary.losses.items():
        yield "lost", f"{number} {kind}: could not be kept"


def _finding(trace: Tables) -> Iterator[Row]:
    from tracer.analysis.findings import headline, in_a_line

    finding: Finding | None = headline(trace)
    if finding is not None:
        yield "finding", f"{in_a_line(finding)}."
        yield "advice", finding.advice


def _tables(trace: Tables) -> Iterator[Row]:
    from tracer.tables import definitions

    sizes = [(table.name, len(getattr(trace, table.name))) for table in definitions.TABLES]
    yield "tables", ", ".join(f".{name} {count(size, 'row')}" for name, size in sizes if size)
