"""How the account's categories look: as on the Gantt chart where they are the same, else akin."""

from __future__ import annotations

from dataclasses import replace

from tracer.analysis.account.categories import TITLE
from tracer.looks.palette import STYLE
from tracer.looks.themes import Kind, Theme

_LIKE = {
    "start_up": "prepare",
    "starved": "wait",
    "receiving": "pipe",
    "unpickling": "unpickle",
    "on_core": "run",
    "no_core": "preempted",
    "other_programs": "other_programs",
    "blocked": "blocked",
    "pickling": "pickle",
    "delivering": "deliver",
    "stopping": "exit",
}
_OWN = {
    "lock_wait": Kind("lock_wait", "", "#C9D3DD", "/////", ink="#39434D", dark="#566472"),
    "running": Kind("running", "", "#0072B2", "//"),
    "sending": Kind("sending", "", "#CC79A7", "||||"),
    "pipe_full": Kind("pipe_full", "", "#F0D6E4", "xxxx", ink="#CC79A7", dark="#4A2E3F"),
    "producing": Kind("producing", "", "#009E73"),
    "bookkeeping": Kind("bookkeeping", "", "#5B6570", dark="#A9B4BF"),
    "unexplained": Kind("unexplained", "", "#D55E00", "++++"),
}


def look(category: str, theme: Theme) -> Kind:
    """How a category of the account is drawn and named."""
    title = TITLE[category]
    if category in _LIKE:
        return replace(STYLE[_LIKE[category]], name=category, label=title)
    if category in _OWN:
        return replace(_OWN[category], label=title)
    # Idle and waiting: nothing happens, so they keep to the colours of the ground.
    hatch = "\\\\\\" if category == "waiting" else ""
    return Kind(category, title, theme.grid, hatch, ink=theme.life)
