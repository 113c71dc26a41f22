"""Themes: greys on paper, nothing behind a transparent figure, matplotlib's style sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import style
from matplotlib.image import imread

from tests.support.traces import pool_trace, turns
from tracer.cli.main import main
from tracer.figures import ACCOUNT, GANTT, PHASES, Options, OptionsError, save
from tracer.figures.style.sheets import theme_named
from tracer.looks.themes import THEMES, grey_of, luminance
from tracer.tables import store


@pytest.mark.parametrize("kind", [GANTT, ACCOUNT, PHASES], ids=lambda kind: kind.name)
def test_print_is_in_greys(kind: Any, tmp_path: Path) -> None:
    """Not one pixel has a colour, however many workers there are."""
    for made in (turns(4, 40, 10**6), pool_trace(20, 60)):
        (path,) = save(kind.draw(made, theme="print", size_px=(960, 540)), tmp_path, formats=["png"])
        pixels = imread(path)[:, :, :3]
        assert np.ptp(pixels, axis=2).max() == 0
        assert np.ptp(pixels) == 1


def test_a_grey_is_as_light_as_its_colour() -> None:
    """By luminance; black and white stay as they are."""
    assert (grey_of("#000000"), grey_of("#FFFFFF")) == ("#000000", "#FFFFFF")
    for colour in ("#0072B2", "#F0E442", "#332288"):
        assert luminance(grey_of(colour)) == pytest.approx(luminance(colour), abs=0.01)


@pytest.mark.parametrize("theme", ["transparent", "transparent-dark"])
def test_a_transparent_figure_has_no_ground(theme: str, tmp_path: Path) -> None:
    """Neither the page nor the panels; what is drawn on them is there."""
    (path,) = save(GANTT.draw(pool_trace(), theme=theme), tmp_path, formats=["png"])
    covered = imread(path)[:, :, 3]
    assert covered[0].max() == covered[:, 0].max() == 0
    assert 0.5 < np.mean(covered == 0) < 0.9
    assert np.mean(covered == 1) > 0.05


@pytest.mark.parametrize("name", [*THEMES, *style.available])
def test_text_can_be_read_in_any_theme(name: str) -> None:
    """Those of matplotlib's style sheets, too, whose own text may be too pale for a slide."""
    theme = theme_named(name)
    for colour in (theme.text, theme.faint):
        for ground in (theme.background, theme.panel):
            low, high = sorted((luminance(colour), luminance(ground)))
            assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_style_sheet_gives_grounds_and_texts(tmp_path: Path) -> None:
    """From a file of the user's, or by name; the colours of bars are a theme's of ours."""
    sheet = tmp_path / "mine.mplstyle"
    sheet.write_text("figure.facecolor: 102030\naxes.facecolor: 203040\ntext.color: FFFFEE\n")
    theme = theme_named(str(sheet))
    assert (theme.background, theme.panel, theme.text) == ("#102030", "#203040", "#ffffee")
    assert theme.hues == THEMES["dark"].hues
    figure = GANTT.draw(pool_trace(), theme=str(sheet))
    assert figure.get_facecolor()[:3] == pytest.approx((16 / 255, 32 / 255, 48 / 255))
    assert GANTT.draw(pool_trace(), theme="ggplot").axes[0].get_facecolor()[0] == pytest.approx(
        0.898, abs=0.01
    )


def test_what_is_no_theme_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whether there is no such file or it is no style sheet; in a line, with what there is."""
    (tmp_path / "notes.txt").write_text("nothing of that kind\n")
    store.save(pool_trace(), tmp_path / "run" / "trace")
    for theme, said in (
        ("pink", "no theme 'pink': choose from light, dark, print, transparent"),
        (str(tmp_path / "notes.txt"), "is no matplotlib style sheet"),
        (str(tmp_path), "no theme"),
    ):
        with pytest.raises(OptionsError, match=said):
            Options(theme=theme)
        for words in (["figure", "run"], ["compare", "run", "run"], ["sweep", "pool", "--workers", "1,2"]):
            words = [str(tmp_path / "run") if word == "run" else word for word in words]
            assert main([*words, "--theme", theme]) == 2
            (line,) = capfd.readouterr().err.splitlines()
            assert said in line
