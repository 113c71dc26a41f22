"""A matplotlib style sheet as a theme: its grounds, texts and lines.

The colours of bars and workers keep their meanings, and texts the font by whose widths they are laid out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tracer.looks.themes import DARK, LIGHT, THEMES, Theme, luminance

_LEAST_CONTRAST = 4.5  # of text, by WCAG 2; a sheet's own that has less gives way to black or white
_DARK = 0.18  # a ground of less luminance has more contrast with white


def theme_named(name: str) -> Theme:
    """A theme by its name, or the name or file of a style sheet. Raises ValueError where there is none."""
    return THEMES[name] if name in THEMES else _of_sheet(_read(name))


def _read(name: str) -> Mapping[str, Any]:
    """What a style sheet sets, over matplotlib's own settings."""
    import matplotlib
    from matplotlib.style import library

    defaults: dict[str, Any] = dict(matplotlib.rcParamsDefault.items())
    if name in library:
        return defaults | dict(library[name].items())
    path = Path(name).expanduser()
    if not path.is_file():
        raise ValueError(
            f"no theme {name!r}: choose from {', '.join(THEMES)}, or name a matplotlib style sheet "
            "(ggplot, bmh, …) or its file"
        )
    try:
        read = matplotlib.rc_params_from_file(path, use_default_template=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"{name}: is no matplotlib style sheet: {error}") from error
    if not read:
        raise ValueError(f"{name}: is no matplotlib style sheet: it sets nothing")
    return defaults | dict(read.items())


def _of_sheet(sheet: Mapping[str, Any]) -> Theme:
    from matplotlib.colors import to_hex, to_rgba

    def colour(key: str, instead: str) -> str:
        with contextlib.suppress(ValueError):  # "auto", "inherit"
            return to_hex(sheet[key]) if to_rgba(sheet[key])[3] else instead
        return instead

    seen_through = not to_rgba(sheet["figure.facecolor"])[3]
    text = colour("text.color", LIGHT.text)
    ground = colour("figure.facecolor", "#FFFFFF" if luminance(text) < _DARK else "#000000")
    panel = colour("axes.facecolor", ground)
    base = DARK if luminance(panel) < _DARK else LIGHT
    if min(_contrast(text, ground), _contrast(text, panel)) < _LEAST_CONTRAST:
        text = base.text
    faint = _between(text, panel, 0.3)
    return replace(
        base,
        background=ground,
        panel=panel,
        text=text,
        faint=faint if min(_contrast(faint, ground), _contrast(faint, panel)) >= _LEAST_CONTRAST else text,
        grid=colour("grid.color", base.grid),
        life=_between(text, panel, 0.65),
        transparent=seen_through,
    )


def _contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _between(first: str, second: str, share: float) -> str:
    """The colour that is this share of the way from the first to the second."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + share * (b - a)):02X}" for a, b in pairs)
