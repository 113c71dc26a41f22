"""A deck as a file: what is on its slides and in their notes, in both formats."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from matplotlib.figure import Figure

from tests.support.traces import pool_trace
from tracer.deck.pdf import pdf
from tracer.deck.slides import HEIGHT_PT, QUESTION_PT, WIDTH_PT, Deck, Note, Slide, figure_px, fitted
from tracer.figures import PHASES
from tracer.looks.themes import THEMES

CODE = "def main() -> None:\n    if True:\n\tprint('ä')"
NOTES = [Note("What to look for", "The bars.\nThe lanes."), Note("main() of a.py", CODE, is_code=True)]


def figure(has_advice: bool = False) -> Figure:
    return PHASES.draw(pool_trace(1, 2), size_px=figure_px(has_advice), title="Because")


def deck(theme: str = "light") -> Deck:
    """A deck of two slides, the second with advice and with characters that are no text in XML."""
    slides = [
        Slide("Why use processes?", figure(), "Phases of a.py: because.", "", NOTES),
        Slide("What held <b>&\x1b back?", figure(True), "", "→ Use 2 workers.", NOTES[:1]),
    ]
    return Deck("Measured", ["AMD, 2 cores"], slides, THEMES[theme], datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture
def opened() -> Any:
    """Makes a deck into a .pptx file and opens that."""
    pytest.importorskip("pptx")
    from pptx import Presentation

    from tracer.deck.pptx import pptx

    return lambda made: Presentation(io.BytesIO(pptx(made)))


def test_a_slide_is_a_question_a_figure_and_advice(opened: Any) -> None:
    """The question is the slide's title, which outlines and screen readers go by; nothing is markup."""
    first, *slides = opened(deck()).slides
    assert [shape.text_frame.text for shape in first.shapes] == ["Measured", "AMD, 2 cores"]
    assert [slide.shapes.title.text for slide in slides] == [
        "Why use processes?",
        "What held <b>& back?",
    ]
    assert [[shape.name for shape in slide.shapes][1:] for slide in slides] == [
        ["Figure"],
        ["Figure", "Advice"],
    ]
    assert slides[1].shapes[2].text_frame.text == "→ Use 2 workers."


def test_a_picture_has_its_own_proportions_and_alt_text(opened: Any) -> None:
    """It takes the slide's width, from below the question to its lower edge."""
    file = opened(deck())
    picture = file.slides[1].shapes[1]
    assert (picture.left.pt, picture.top.pt, picture.width.pt) == (0, QUESTION_PT, WIDTH_PT)
    assert file.slide_height.pt == picture.top.pt + picture.height.pt == HEIGHT_PT
    width, height = picture.image.size
    assert picture.width / picture.height == pytest.approx(width / height, 1e-3)
    assert picture._element.nvPicPr.cNvPr.get("descr") == "Phases of a.py: because."


def test_notes_hold_what_the_speaker_needs(opened: Any) -> None:
    """Code keeps its lines and its indentation."""
    slide = opened(deck()).slides[1]
    lines = slide.notes_slide.notes_text_frame.text.splitlines()
    assert lines[:3] == ["What to look for", "The bars.", "The lanes."]
    assert lines[4:8] == ["main() of a.py", "def main() -> None:", "    if True:", "    print('ä')"]


@pytest.mark.parametrize("theme", THEMES)
def test_text_that_a_speaker_adds_is_in_the_colours_of_the_deck(opened: Any, theme: str) -> None:
    """The file's own theme has them: text and ground are those of the figures."""
    from lxml import etree
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.oxml.ns import qn

    master = opened(deck(theme)).slide_master
    tree = etree.fromstring(master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob)
    (used,) = master.element.iter(qn("p:clrMap"))
    found = {}
    for role in ("bg1", "tx1", "tx2"):
        (slot,) = tree.iter(qn(f"a:{used.get(role)}"))
        found[role] = f"#{slot[0].get('val')}"
    theirs = THEMES[theme]
    assert found == {"bg1": theirs.background, "tx1": theirs.text, "tx2": theirs.faint}


def test_every_layout_is_as_wide_as_the_slides(opened: Any) -> None:
    """A slide that a speaker adds uses all of it."""
    file = opened(deck())
    for layout in file.slide_layouts:
        right = [shape.left + shape.width for shape in layout.placeholders]
        assert 0.9 * file.slide_width < max(right) <= file.slide_width


def test_a_pdf_has_a_page_a_slide_and_the_notes() -> None:
    """As annotations, outside of the page; the figures stay as they were."""
    made = deck()
    before = [len(slide.figure.get_children()) for slide in made.slides]
    written = pdf(made)
    assert written.count(b"/Type /Page ") == 3
    assert written.count(b"(What to look for") == 1  # in UTF-16 where it holds an ä
    assert b"/Title (Measured)" in written
    assert b"/MediaBox [ 0 0 960 540 ]" in written
    assert [len(slide.figure.get_children()) for slide in made.slides] == before


def test_the_same_deck_is_the_same_file() -> None:
    """To the byte, whenever it is written."""
    made = deck()
    assert pdf(made) == pdf(deck())
    pytest.importorskip("pptx")
    from tracer.deck.pptx import pptx

    assert pptx(made) == pptx(replace(deck()))


@pytest.mark.parametrize(
    ("words", "size", "lines"), [(5, 20.0, 1), (18, 18.0, 1), (22, 14.0, 1), (24, 14.0, 2), (90, 14.0, 2)]
)
def test_a_long_question_is_written_smaller(words: int, size: float, lines: int) -> None:
    """Down to the size that is still legible, then in two lines."""
    found = fitted(" ".join(["word"] * words))
    assert (found.size, len(found.lines)) == (size, lines)
