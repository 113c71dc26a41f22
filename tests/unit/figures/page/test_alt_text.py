"""What a figure's files say to who cannot see them, and that they are the same each time."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.support.traces import pool_trace
from tracer.figures import ACCOUNT, GANTT, PHASES, save

TITLE = "Vier & ein <halbes> · 你"
KIND = "The Gantt chart, who did what when"


def described(path: Path) -> str:
    """The description in a picture's metadata."""
    with Image.open(path) as picture:
        picture.load()
        found = picture.info.get("Description") or picture.info.get("comment") or picture.info.get("xmp")
    return found.decode() if isinstance(found, bytes) else str(found)


def test_every_format_has_the_title_and_a_description(tmp_path: Path) -> None:
    """As text, whatever is in it; the description says what kind of figure it is, and of what."""
    figure = GANTT.draw(pool_trace(), title=TITLE, size_px=(960, 540))
    png, svg, pdf, gif, webp = save(figure, tmp_path, formats=["png", "svg", "pdf", "gif", "webp"])
    said = f"{TITLE}. {KIND}. scenario pool4 · Pool, 4 worker processes · fork · makespan "
    assert described(png).startswith(said)
    assert described(gif) == described(png)
    assert said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in described(webp)
    with Image.open(png) as picture:
        assert picture.info["Title"] == TITLE
    top = ElementTree.fromstring(svg.read_text())
    title, description = list(top)[:2]
    assert (title.tag.rpartition("}")[2], title.text) == ("title", TITLE)
    assert (description.tag.rpartition("}")[2], description.text) == ("desc", described(png))
    assert top.get("role") == "img"
    for name in ("Title", "Subject"):
        assert re.search(rf"/{name} \((.*?)(?<!\\)\)".encode(), pdf.read_bytes(), re.DOTALL)


@pytest.mark.parametrize("kind", [GANTT, ACCOUNT, PHASES], ids=lambda kind: kind.name)
def test_without_a_title_a_figure_still_says_what_it_shows(kind: Any, tmp_path: Path) -> None:
    """The title that it would have had."""
    own, bare = (kind.draw(pool_trace(), **changes) for changes in ({}, {"title": "", "subtitle": ""}))
    assert bare.title == own.title != ""
    assert bare.description == own.description
    (path,) = save(bare, tmp_path, formats=["png"])
    assert described(path) == bare.description


def test_files_do_not_say_when_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same figure gives the same bytes at another time, in each format."""
    written = []
    for place, now in enumerate((1e9, 1.7e9)):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        figure = GANTT.draw(pool_trace(), size_px=(960, 540))
        paths = save(figure, tmp_path / str(place), formats=["png", "svg", "pdf", "gif"])
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    assert b"CreationDate" not in written[0][2]
