"""What a deck says of runs: the question that each answers, its figure, and the speaker's notes."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import decode_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.cli.scenarios import Scenario, list_scenarios, read_scenario
from tracer.wording import count, plain

if TYPE_CHECKING:
    from tracer.analysis.findings import Finding
    from tracer.deck.slides import Note, Slide
    from tracer.tables.tables import Tables

LOOK = "What to look for in the figure: "
"""How the part of a scenario's docstring begins that is for who shows the figure."""


@dataclass(frozen=True)
class Subject:
    """What a slide is about: the folder of a run, and the scenario that it is a run of, if it is known."""

    folder: Path
    scenario: Scenario | None = None


@dataclass(frozen=True)
class Lesson:
    """What a scenario's docstring says beside its title: what it asks, what to look for."""

    question: str
    look_for: str


def lesson_of(scenario: Scenario) -> Lesson:
    """Read a scenario's docstring, whatever its form: without a question its title stands for it."""
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", scenario.doc)]
    question = next((part for part in parts if part.endswith("?")), scenario.title or scenario.name)
    look = [part.removeprefix(LOOK) for part in parts if part not in (question, scenario.title)]
    return Lesson(question, "\n".join(part[:1].upper() + part[1:] for part in look))


def make_slide(trace: Tables, subject: Subject, theme: str) -> Slide:
    """Draw a run, and say what there is to say of it."""
    from tracer.analysis.findings import headline
    from tracer.analysis.sentence import sentence
    from tracer.analysis.summary import summarize
    from tracer.deck.slides import Slide, figure_px
    from tracer.figures import GANTT
    from tracer.figures.gantt import titled_by

    scenario, finding = subject.scenario or _bundled(trace.meta), headline(trace)
    advice = f"→ {finding.advice}" if finding and not scenario else ""
    options = titled_by(trace, finding)
    figure = GANTT.draw(trace, theme=theme, size_px=figure_px(bool(advice)), **options)
    name = _name(trace.meta, subject)
    said = ". ".join(dict.fromkeys([options.get("title", ""), sentence(summarize(trace))])).lstrip(". ")
    return Slide(
        lesson_of(scenario).question if scenario else _question(name, finding),
        figure,
        f"Gantt chart of {name}. {said}.",
        advice,
        [*_notes(trace, subject, scenario, finding)],
    )


def _bundled(meta: Mapping[str, Any]) -> Scenario | None:
    """Return the bundled scenario that a trace is a run of, None where it is of none."""
    called = next(iter(meta.get("argv") or ()), "")
    known = {path.stem: path for path in list_scenarios()}
    is_one = called in known and meta.get("command") == f"scenario {called}"
    return read_scenario(known[called]) if is_one else None


def _name(meta: Mapping[str, Any], subject: Subject) -> str:
    """What a sentence calls the program: `script.py`, `pool4`."""
    what, _, name = str(meta.get("command") or "").partition(" ")
    known = name.removeprefix("-m ") if what in ("run", "scenario") and name not in ("-c", "-") else ""
    return plain(known or subject.folder.resolve().name)


def _question(name: str, finding: Finding | None) -> str:
    if finding is None:
        return f"How did {name} run?"
    return f"What went wrong in {name}?" if finding.ends_it else f"What held {name} back?"


def _notes(
    trace: Tables, subject: Subject, scenario: Scenario | None, finding: Finding | None
) -> Iterator[Note]:
    from tracer.deck.slides import Note

    if scenario and (look := lesson_of(scenario).look_for):
        yield Note("What to look for", look)
    if finding:
        yield Note("What tracer finds", f"{finding.what}\n→ {finding.advice}")
    yield Note("Made by", "\n".join(_commands(trace.meta, subject)), is_code=True)
    if scenario:
        yield Note(f"main() of {scenario.path.name}", source_of_main(scenario.path), is_code=True)


def _commands(meta: Mapping[str, Any], subject: Subject) -> Iterator[str]:
    """Yield the commands that recorded the run, where it is known, and that draws it again."""
    what, argv = str(meta.get("command") or "").partition(" ")[0], meta.get("argv") or []
    if what in ("run", "scenario") and argv:
        yield f"python -m tracer {shlex.join([what, *argv])}"
    yield f"python -m tracer figure {shlex.quote(str(subject.folder))}"


def source_of_main(path: Path) -> str:
    """Return the code of a scenario's `main`, without its docstring."""
    text = decode_source(path.read_bytes())
    (*_, main) = [
        node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == "main"
    ]
    lines = text.splitlines()
    first, end = main.body[0], main.end_lineno
    skipped = range(first.lineno, (first.end_lineno or 0) + 1) if ast.get_docstring(main) else range(0)
    kept = [
        line for number, line in enumerate(lines[:end], 1) if number >= main.lineno and number not in skipped
    ]
    return "\n".join(kept)


def title_lines(metas: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which machines the runs were on, with which Pythons, and when: each line once."""
    days = sorted({f"{when(meta):%Y-%m-%d}" for meta in metas})
    lines = [_machine(meta) for meta in metas] + [_system(meta) for meta in metas]
    measured = f"Measured by tracer on {' to '.join(dict.fromkeys([days[0], days[-1]]))}"
    return [line for line in dict.fromkeys([*lines, measured]) if line]


def when(meta: Mapping[str, Any]) -> datetime:
    """Return the time at which a run began."""
    return datetime.fromtimestamp(int(meta.get("origin_unix_ns") or 0) // 10**9, UTC)


def _machine(meta: Mapping[str, Any]) -> str:
    number, allowed = int(meta.get("cpu_count") or 0), len(meta.get("affinity") or ())
    cores = count(number, "core") if number else ""
    if 0 < allowed < number:
        cores += f" ({allowed} allowed)"
    return ", ".join(part for part in (str(meta.get("cpu_model") or ""), cores) if part)


def _system(meta: Mapping[str, Any]) -> str:
    system = str(meta.get("platform") or "").partition("-with-")[0].replace("-", " ", 1)
    return " on ".join(part for part in (f"Python {meta.get('python') or ''}".strip(), system) if part)
