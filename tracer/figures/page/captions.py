"""The words around the figure of one trace: its setting, what measured it, and what was lost."""

from __future__ import annotations

from tracer.analysis.sentence import setting
from tracer.analysis.summary import Summary, summarize
from tracer.figures.page.page import Captions
from tracer.figures.style.text import clean
from tracer.tables.tables import Tables
from tracer.wording import count


def subtitle(trace: Tables, summary: Summary) -> str:
    """The setting of the run in a line, its parts shortened."""
    command, *rest = setting(trace, summary)
    return " · ".join(part for part in (clean(command, 60), *(clean(one, 200) for one in rest)) if part)


def captions_of_sums(trace: Tables, title: str, detail: bool) -> Captions:
    """The words around a figure of sums, whose footer says how it is known when a thread had a core."""
    source = {
        "kernel": "on a core or not: kernel switches",
        "sampled": "on a core or not: samples of /proc",
        "stamps": "on a core or not: the threads' own clocks, where they were read",
    }
    footer = made_by(trace, detail, source.get(str(trace.meta.get("core_source")), ""))
    return Captions(title, subtitle(trace, summarize(trace)), footer, alert(trace))


def made_by(trace: Tables, detail: bool, *more: str) -> list[str]:
    """The parts of a footer: versions, machine, `more`, and with `detail` that all was kept."""
    meta = trace.meta
    number, allowed = int(meta.get("cpu_count") or 0), len(meta.get("affinity") or ())
    machine = count(number, "core") if number else ""
    if 0 < allowed < number:
        machine += f" ({allowed} allowed)"
    parts = [
        f"tracer {meta.get('tracer_version', '')}".strip(),
        f"Python {meta['python']}" if meta.get("python") else "",
        machine,
        *more,
        "no records lost" if detail and not meta.get("losses") else "",
    ]
    return [clean(part, 120) for part in parts if part]


def alert(trace: Tables) -> str:
    """What the recording lost, empty where it lost nothing."""
    losses = trace.meta.get("losses") or {}
    text = ", ".join(f"{clean(str(kind), 40)}: {number:,}" for kind, number in losses.items())
    return f"Not recorded — {text}" if text else ""
