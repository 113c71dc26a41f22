"""A deck for PowerPoint and LibreOffice, by python-pptx: text, pictures with alt text, speaker's notes.

Colours and fonts are those of the file's own theme, so that a speaker can change them all in one place.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.util import Pt

from tracer.deck.slides import (
    ADVICE_PT,
    HEIGHT_PT,
    LINE_SIZE,
    QUESTION_PT,
    SPACING,
    TITLE_DOWN_PT,
    TITLE_SIZE,
    WIDTH_PT,
    Deck,
    Note,
    Slide,
    fitted,
)
from tracer.figures.page.files import png
from tracer.figures.page.legend import MARGIN_PT
from tracer.looks.themes import Theme
from tracer.wording import plain

FONT, CODE_FONT = "Verdana", "Courier New"
"""Verdana is what the figures' DejaVu Sans was made after; other systems have it."""
NOTE_SIZE, CODE_SIZE = 12.0, 10.0
_TITLE_SLIDE, _TITLE_ONLY = 0, 5  # layouts of python-pptx's template
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pptx(deck: Deck) -> bytes:
    """Return the deck as the bytes of a .pptx file, the same for the same deck."""
    file = Presentation()
    _dress(file, deck.theme)
    file.core_properties.title, file.core_properties.author = plain(deck.title), "tracer"
    file.core_properties.last_modified_by = "tracer"
    file.core_properties.created = file.core_properties.modified = deck.made.replace(tzinfo=None)
    _add_title(file, deck)
    for slide in deck.slides:
        _add(file, slide)
    made = io.BytesIO()
    file.save(made)
    return _without_times(made)


def _dress(file: Any, theme: Theme) -> None:
    """Make python-pptx's template as wide as our slides, and give it our colours and fonts."""
    master = file.slide_master
    wider = round(Pt(WIDTH_PT)) / file.slide_width
    file.slide_width = Pt(WIDTH_PT)
    for room in (master, *file.slide_layouts):
        for box in room.element.iter(qn("a:xfrm")):
            for part, key in ((box.find(qn("a:off")), "x"), (box.find(qn("a:ext")), "cx")):
                part.set(key, str(round(int(part.get(key)) * wider)))
    inks, grounds = (theme.text, theme.faint), (theme.background, theme.panel)
    dark, light = (grounds, inks) if theme.dark else (inks, grounds)
    slots = ("dk1", "dk2", "lt1", "lt2", "accent1")
    colours = dict(zip(slots, (*dark, *light, theme.accent), strict=True))
    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    tree = etree.fromstring(part.blob)
    for name, colour in colours.items():
        (slot,) = tree.iter(qn(f"a:{name}"))
        slot[:] = [etree.Element(qn("a:srgbClr"), val=colour.removeprefix("#"))]
    for fonts in tree.iter(qn("a:majorFont"), qn("a:minorFont")):
        fonts.find(qn("a:latin")).set("typeface", FONT)
    part._blob = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    if theme.dark:
        (used,) = master.element.iter(qn("p:clrMap"))
        for ground, ink in (("bg1", "tx1"), ("bg2", "tx2")):
            swapped = used.get(ink), used.get(ground)
            used.set(ground, swapped[0])
            used.set(ink, swapped[1])


def _add_title(file: Any, deck: Deck) -> None:
    slide = file.slides.add_slide(file.slide_layouts[_TITLE_SLIDE])
    title, under = slide.shapes.title, slide.placeholders[1]
    _place(title, TITLE_DOWN_PT - 2 * SPACING * TITLE_SIZE, 2 * SPACING * TITLE_SIZE, MSO_ANCHOR.BOTTOM)
    _write(title, [deck.title], TITLE_SIZE, MSO_THEME_COLOR.TEXT_1, bold=True)
    _place(under, TITLE_DOWN_PT + 24, HEIGHT_PT - TITLE_DOWN_PT - 48, MSO_ANCHOR.TOP)
    _write(under, deck.lines, LINE_SIZE, MSO_THEME_COLOR.TEXT_2)


def _add(file: Any, slide: Slide) -> None:
    made = file.slides.add_slide(file.slide_layouts[_TITLE_ONLY])
    title, question = made.shapes.title, fitted(slide.question)
    _place(title, 0, QUESTION_PT, MSO_ANCHOR.BOTTOM)
    _write(title, [" ".join(question.lines)], question.size, MSO_THEME_COLOR.TEXT_2)
    below = ADVICE_PT if slide.advice else 0.0
    size = (Pt(0), Pt(QUESTION_PT), Pt(WIDTH_PT), Pt(HEIGHT_PT - QUESTION_PT - below))
    picture = made.shapes.add_picture(io.BytesIO(png(slide.figure)), *size)
    picture.name = "Figure"
    picture._element.nvPicPr.cNvPr.set("descr", plain(slide.alt))
    if slide.advice:
        box, advice = made.shapes.add_textbox(0, 0, 0, 0), fitted(slide.advice, "bold")
        box.name = "Advice"
        _place(box, HEIGHT_PT - below, below, MSO_ANCHOR.TOP)
        _write(box, [" ".join(advice.lines)], advice.size, MSO_THEME_COLOR.TEXT_1, bold=True)
    _add_notes(made, slide.notes)


def _place(shape: Any, top: float, height: float, anchor: MSO_ANCHOR) -> None:
    """Let a text's box take the slide's width, with the margins of figures."""
    shape.left, shape.top, shape.width, shape.height = Pt(0), Pt(top), Pt(WIDTH_PT), Pt(height)
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = Pt(MARGIN_PT)
    frame.margin_top = frame.margin_bottom = Pt(2)
    frame.word_wrap, frame.vertical_anchor = True, anchor


def _write(
    shape: Any, lines: Sequence[str], size: float, colour: MSO_THEME_COLOR, bold: bool = False
) -> None:
    frame = shape.text_frame
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = plain(line)
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.theme_color = colour


def _add_notes(made: Any, notes: Sequence[Note]) -> None:
    """Write what the speaker sees; of code, a paragraph a line, so that it can be copied as it is."""
    frame = made.notes_slide.notes_text_frame
    for number, note in enumerate(notes):
        _write_note(frame, note.heading, NOTE_SIZE, bold=True, first=number == 0)
        for line in note.text.expandtabs(4).splitlines():
            size, font = (CODE_SIZE, CODE_FONT) if note.is_code else (NOTE_SIZE, FONT)
            _write_note(frame, line, size, font)
        _write_note(frame, "", NOTE_SIZE)


def _write_note(
    frame: Any, line: str, size: float, font: str = FONT, bold: bool = False, first: bool = False
) -> None:
    paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
    for side in ("marL", "indent"):  # LibreOffice has notes as an outline, which it indents
        paragraph._p.get_or_add_pPr().set(side, "0")
    run = paragraph.add_run()
    run.text = plain(line)
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold


def _without_times(made: io.BytesIO) -> bytes:
    """Return a zip file with the time of no entry in it."""
    result = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, _EPOCH), old.read(entry), zipfile.ZIP_DEFLATED)
    return result.getvalue()
