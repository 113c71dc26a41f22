"""A new figure is one file and a line of the list: its options, help and errors come with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.programs import REPOSITORY
from tests.support.traces import pool_trace
from tracer.tables import store

FIGURE = '''
"""A pie."""

from dataclasses import dataclass

from tracer.figures.figure_kind import FigureKind
from tracer.figures.options import AsText, Options, option


@dataclass(frozen=True)
class PieOptions(Options):
    slices: int = option(4, AsText("--slices", "how many slices", int))


def _make(trace, options):
    from tracer.figures.page.page import Captions, Key, open_page

    page = open_page(options, Captions(options.title or f"{options.slices} slices", "", []), Key())
    page.panel(20, 20, above=8)
    page.write(Key("a pie"))
    return page.figure


PIE = FigureKind("pie", "the pie", "who ate what", PieOptions, _make)
'''
CALLS = """
from tracer.cli.main import main
print(main(["figure", "run", "--draw", "pie", "--slices", "3", "--theme", "dark", "--format", "svg"]))
print(main(["figure", "run", "--draw", "gantt", "--slices", "3"]))
print(main(["figure", "run", "--draw", "pie", "--slices", "three"]))
main(["figure", "--help"])
"""


def test_a_figure_is_added_in_one_file_and_the_list(tmp_path: Path) -> None:
    """In a copy of the package: it is drawn, its option is its own, and the help names both."""
    shutil.copytree(REPOSITORY / "tracer", tmp_path / "tracer", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tracer" / "figures" / "pie.py").write_text(FIGURE)
    registry = tmp_path / "tracer" / "figures" / "registry.py"
    text = registry.read_text()
    imported = text.replace(
        "from tracer.figures.sweep", "from tracer.figures.pie import PIE\nfrom tracer.figures.sweep"
    )
    listed = imported.replace("PHASES)", "PHASES, PIE)")
    assert listed.count("PIE") == 2
    registry.write_text(listed)
    store.save(pool_trace(), tmp_path / "run" / "trace")
    done = subprocess.run(
        [sys.executable, "-c", CALLS],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second, third, *help_lines = done.stdout.splitlines()
    assert (first, second, third) == ("0", "2", "2")
    assert ">3 slices<" in (tmp_path / "run" / "pie.svg").read_text()
    assert "tracer: --slices: is for the pie alone, and --draw asks for none" in done.stderr
    assert "tracer: --slices: invalid literal" in done.stderr
    said = "\n".join(help_lines)
    assert "which of gantt,account,phases,pie (default: gantt): who did what when" in said
    assert "options of the pie alone:\n  --slices SLICES" in said
