"""Names in any script: drawn in a font that has them, else as code points."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import FontEntry, fontManager

from tests.support.traces import pool_trace
from tracer.figures import GANTT, OF_A_TRACE, FigureKind, save
from tracer.figures.style import fonts
from tracer.figures.style.text import width_pt
from tracer.tables.tables import Tables

NAME = "計算-🚀"
FAMILY = "Tracer Test"


def trace() -> Tables:
    """Return a run whose workers and functions have names in Chinese, with an emoji."""
    made = pool_trace()
    made.tasks["function"] = NAME
    made.processes["name"] = [f"{NAME}{number}" for number in range(len(made.processes))]
    made.meta["command"] = f"run {NAME}.py"
    return made


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Forget which fonts there are, before and after."""
    found = (fonts.family_of, fonts.advance, fonts._families, fonts._installed_since, fonts._characters)
    for each in found:
        each.cache_clear()
    yield
    for each in found:
        each.cache_clear()


@pytest.fixture
def no_other_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave matplotlib's own fonts alone on the machine."""
    own = [font for font in fontManager.ttflist if "DejaVu" in font.name]
    monkeypatch.setattr(fontManager, "ttflist", own)
    monkeypatch.setattr(fonts, "findSystemFonts", list)


@pytest.fixture
def chinese_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_other_font: None) -> None:
    """Put a font on the machine that has 計 and 算, each two em wide, and nothing else."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "one", "two"])
    builder.setupCharacterMap({ord("計"): "one", ord("算"): "two"})
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((100, 700))
    pen.lineTo((1900, 700))
    pen.lineTo((1900, 0))
    pen.closePath()
    glyph = pen.glyph()
    builder.setupGlyf(dict.fromkeys([".notdef", "one", "two"], glyph))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", "one", "two"], (2000, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": "TracerTest"})
    builder.setupOS2()
    builder.setupPost()
    path = tmp_path / "test.ttf"
    builder.save(path)
    entry = FontEntry(fname=str(path), name=FAMILY)
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist, entry])


def texts_of(path: Path) -> list[str]:
    """Return the texts of an SVG."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", OF_A_TRACE, ids=lambda kind: kind.name)
def test_names_that_no_font_has_are_code_points(
    no_other_font: None, tmp_path: Path, kind: FigureKind[Tables, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """In all formats, without a warning."""
    drawn = kind.draw(trace())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths = save(drawn, tmp_path)
    assert all(path.stat().st_size > 5000 for path in paths)
    said = texts_of(tmp_path / "gantt.svg")
    assert any("[U+8A08 7B97]-[U+1F680]" in text for text in said)
    assert not any(set("計算🚀") & set(text) for text in said)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("計", "[U+8A08]"),
        ("計算計算!", "[U+8A08 7B97 8A08 …]!"),
        ("a\x1b[0m\tb\nc", "a[U+001B][0m b\nc"),
        ("\udcff", "[U+DCFF]"),
        ("\u202eabc\u200d", "abc"),
        ("e\u0301", "é"),
        ("Ωμέγα → שלום\u00a0–", "Ωμέγα → שלום\u00a0–"),
    ],
)
def test_what_is_drawn_of_a_text(no_other_font: None, text: str, drawn: str) -> None:
    """No font has Chinese here; Greek, Hebrew and arrows are in the one that comes with matplotlib."""
    assert fonts.drawable(text) == drawn
    assert width_pt(text, 10) == width_pt(drawn, 10) > 0


SCRIPTS = [
    *("計算", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "𠀀"),
    *("e\u0301\u0327", "👩\u200d🚀\ufe0f", "a\x1b[31m\x07\t", "\udcff"),
]


def test_no_script_makes_matplotlib_speak(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the fonts of this machine, whoever draws the figure: its labels, its title and the user's own."""
    every = "\n".join(SCRIPTS)
    made = pool_trace(len(SCRIPTS) - 1, 2 * len(SCRIPTS), command=every)
    made.processes["name"] = [name.encode("utf-8", "replace").decode() for name in SCRIPTS]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = GANTT.draw(made, title=every)
        drawn.axes[0].set_title(every, weight="bold")
        drawn.savefig(tmp_path / "own.png")
        drawn.savefig(tmp_path / "tight.pdf", bbox_inches="tight")
        save(drawn, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_a_font_of_the_machine_is_used(chinese_font: None, tmp_path: Path) -> None:
    """For the characters that it has, in labels too; it is embedded in the PDF."""
    drawn = GANTT.draw(trace())
    save(drawn, tmp_path)
    pdf = (tmp_path / "gantt.pdf").read_bytes()
    assert b"TracerTest" in pdf + b"".join(_inflated(pdf))
    labels = drawn.axes[0].get_yticklabels()
    assert labels[0].get_text() == "計算-[U+1F680]0 · 4000"
    assert labels[0].get_fontfamily() == [fonts.BASE, FAMILY]
    assert fonts.family_of("計") == FAMILY
    assert fonts.family_of("🚀") is None


def test_a_font_that_was_installed_later_is_found(
    chinese_font: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """matplotlib keeps the list that it once made."""
    (new,) = (font for font in fontManager.ttflist if font.name == FAMILY)
    monkeypatch.setattr(fontManager, "ttflist", [f for f in fontManager.ttflist if f.name != FAMILY])
    monkeypatch.setattr(fonts, "findSystemFonts", lambda: [new.fname])
    assert fonts.family_of("計") == FAMILY


def _inflated(pdf: bytes) -> Iterator[bytes]:
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


def test_widths_are_those_of_the_font_that_is_used(chinese_font: None) -> None:
    """A text is measured in the fonts that it is drawn in."""
    assert width_pt("計算", 10) == pytest.approx(40)
    assert width_pt("🚀", 10) == pytest.approx(width_pt("[U+1F680]", 10))


def test_a_font_that_cannot_be_embedded_costs_no_figure(
    chinese_font: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PDF has code points then."""
    from matplotlib.backends import backend_pdf

    embed = backend_pdf.PdfFile.embedTTF

    def refuse(self, filename, *more):
        if "test.ttf" in str(filename):
            raise RuntimeError("this font cannot be embedded")
        return embed(self, filename, *more)

    monkeypatch.setattr(backend_pdf.PdfFile, "embedTTF", refuse)
    drawn = GANTT.draw(trace())
    (path,) = save(drawn, tmp_path, formats=["pdf"])
    assert path.read_bytes().startswith(b"%PDF")
    assert b"TracerTest" not in path.read_bytes()
    assert drawn.axes[0].get_yticklabels()[0].get_text().startswith("計算")


def test_a_broken_font_is_none(no_other_font: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no font is passed over."""
    path = tmp_path / "broken.ttf"
    path.write_bytes(b"no font")
    broken = FontEntry(fname=str(path), name="Broken")
    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist, broken])
    assert fonts.family_of("計") is None


def test_figures_look_the_same_whatever_the_users_settings_are(tmp_path: Path) -> None:
    """matplotlib's own are used, and the user's are what they were afterwards."""
    plain, changed = tmp_path / "plain", tmp_path / "changed"
    save(GANTT.draw(pool_trace()), plain, formats=["svg", "png"])
    odd = {
        "font.size": 30, "axes.grid": True, "lines.linewidth": 9, "figure.autolayout": True,
        "text.usetex": True, "savefig.bbox": "tight", "savefig.dpi": 30, "font.family": ["serif"],
    }  # fmt: skip
    with matplotlib.rc_context(odd):
        save(GANTT.draw(pool_trace()), changed, formats=["svg", "png"])
        assert matplotlib.rcParams["font.size"] == 30
    for name in ("gantt.svg", "gantt.png"):
        assert (plain / name).read_bytes() == (changed / name).read_bytes()
