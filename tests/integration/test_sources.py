"""Every command on runs of every source of cores: the kernel's switches, samples, and neither."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from tests.support import contract
from tests.support.causes import CASES, FOLDER, tracer
from tests.support.programs import PROGRAMS, REPOSITORY, Ended, run
from tracer import run_folder

SOURCES = ("sampled", "stamps")
"""Beside "kernel", which nearly all other tests have."""
SCENARIOS = sorted(path.stem for path in (REPOSITORY / "scenarios").glob("*.py"))
COMMANDS = (
    ("diagnose",),
    ("diagnose", "--json"),
    ("whatif", "--workers", "3"),
    ("whatif", "--cores", "1", "--json"),
    ("figure", "--format", "svg", "--draw", "gantt,account,phases", "--critical-path"),
)
NO_NUMBER = re.compile(r"\b(nan|NaN|inf|Infinity|NaT|None)\b|<NA>|Traceback|Warning|internal error")


@cache
def programs() -> dict[str, list[str]]:
    """The scenarios, the programs with known causes, and one whose tasks are short and long in turns."""
    short = {"short_and_long": [str(PROGRAMS / "short_and_long.py")]}
    bundled = {name: [str(REPOSITORY / "scenarios" / f"{name}.py")] for name in SCENARIOS}
    known = {f"{one.code}-{one.name}": [str(FOLDER / f"{one.program}.py"), *one.options] for one in CASES}
    return short | bundled | known


def answers(ended: Ended) -> None:
    """Ask each command: it says what it can, in numbers, or refuses in one line."""
    run_folder.save_trace(ended.trace, ended.out)
    assert contract.breaches(ended.out / "trace") == []
    for name, *words in COMMANDS:
        said = tracer(name, ended.out, *words)
        text = said.stdout + said.stderr
        assert not NO_NUMBER.search(text), text
        if said.returncode:
            assert (said.returncode, said.stderr.count("\n")) == (1, 1), text
        elif "--json" in words:
            json.loads(said.stdout, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("program", "source"), [(program, source) for program in programs() for source in SOURCES]
)
def test_every_command_answers(tmp_path: Path, program: str, source: str) -> None:
    """No finding, prediction or figure needs what this source does not tell."""
    ended = run(tmp_path, programs()[program], options=(f"--cores={source}",))
    assert ended.trace.meta["core_source"] in (source, "stamps")
    answers(ended)


@pytest.mark.parametrize("source", ["kernel", *SOURCES])
def test_the_whole_command_ends_as_the_program_does(tmp_path: Path, source: str) -> None:
    """Many empty tasks and some of a millisecond: `run` saves, sums up, diagnoses and draws."""
    ended = run(tmp_path, programs()["short_and_long"], whole=True, options=(f"--cores={source}",))
    assert (ended.code, ended.stderr) == (0, "")
    assert len(ended.trace.tasks) == 720
    assert (ended.trace.tasks["status"] == "ok").all()
    for name in ("gantt.png", "gantt.svg", "gantt.pdf", "summary.json"):
        assert (ended.out / name).stat().st_size > 0


def test_a_cause_that_cannot_be_told_is_said(tmp_path: Path) -> None:
    """Empty tasks without slices have no clocks either: `diagnose` says which findings were not asked for."""
    ended = run(tmp_path, programs()["tiny-tasks-tiny_tasks"], options=("--cores=stamps",))
    run_folder.save_trace(ended.trace, ended.out)
    said = tracer("diagnose", ended.out)
    assert said.returncode == 0
    assert "Not known without slices or CPU clocks: " in said.stdout.replace("\n", " ")
    assert "io-bound" in json.loads(tracer("diagnose", ended.out, "--json").stdout)["not_asked"]
