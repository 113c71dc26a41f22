"""What is added in one file and one line of a list works at once: shown in a copy of the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import REPOSITORY
from tests.support.traces import pool_trace
from tracer.tables import store


class Copy:
    """A copy of the package, to add to, with a run to read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__")
        for name in ("tracer", "scenarios"):
            shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
        store.save(pool_trace(), folder / "run" / "trace")

    def add(self, path: str, text: str, registry: str = "", line: tuple[str, str] = ("", "")) -> None:
        """Write a file, and replace the first `line` by the second in a list's file."""
        (self.folder / path).write_text(text)
        if registry:
            listed = (self.folder / registry).read_text()
            assert listed.count(line[0]) == 1, f"{registry} has no line {line[0]!r}"
            (self.folder / registry).write_text(listed.replace(*line))

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m tracer WORDS` of the copy."""
        return self.python(
            "import sys; from tracer.cli.main import main; sys.exit(main(sys.argv[1:]))", *words
        )

    def python(self, code: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run code that imports the copy."""
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "COLUMNS": "200"},
            check=False,
        )


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A copy of the package."""
    return Copy(tmp_path)


COMMAND = '''
"""`hello`: greet a run."""

NAME = "hello"
HELP = "greet a run"
DESCRIPTION = "Greets a run."


def add_options(parser, argv):
    parser.add_argument("dir")
    return argv


def run(arguments):
    print(f"hello {arguments.dir}")
    return 0
'''


def test_a_command(copy: Copy) -> None:
    """It runs, is in the list, and its errors are as those of all others."""
    copy.add("tracer/cli/commands/hello.py", COMMAND, "tracer/cli/main.py", ('"help")', '"help", "hello")'))
    done = copy.call("hello", "run")
    assert (done.returncode, done.stdout) == (0, "hello run\n"), done.stderr
    assert "hello greet a run" in " ".join(copy.call("--help").stdout.split())
    assert copy.call("hello", "run", "--nonsense").returncode == 2


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


def test_a_figure(copy: Copy) -> None:
    """It is drawn, its option is its own, and the help names both."""
    lines = ('    _kind("sequence"),', '    _kind("sequence"),\n    _kind("pie"),')
    copy.add("tracer/figures/pie.py", FIGURE, "tracer/figures/registry.py", lines)
    drawn = copy.call(
        *("figure", "run", "--draw", "pie", "--slices", "3", "--theme", "dark", "--format", "svg")
    )
    assert drawn.returncode == 0, drawn.stderr
    assert ">3 slices<" in (copy.folder / "run" / "pie.svg").read_text()
    other = copy.call("figure", "run", "--draw", "gantt", "--slices", "3")
    assert other.returncode == 2
    assert "tracer: --slices: is for the pie alone, and --draw asks for none" in other.stderr
    wrong = copy.call("figure", "run", "--draw", "pie", "--slices", "three")
    assert wrong.returncode == 2
    assert "tracer: --slices: invalid literal" in wrong.stderr
    said = copy.call("figure", "--help").stdout
    assert "which of gantt,account,phases,sequence,pie (default: gantt): who did what when" in said
    assert "options of the pie alone:\n  --slices SLICES" in said


FINDING = '''
"""odd-tasks: there is an odd number of tasks."""


def find(context):
    return context.finding("odd-tasks", context.makespan, "odd", "There are 5 tasks.", "Add one.")
'''


def test_a_finding(copy: Copy) -> None:
    """It is looked for, and told."""
    path, registry = "tracer/analysis/findings/odd_tasks.py", "tracer/analysis/findings/rules.py"
    copy.add(path, FINDING, registry, ('    "startup",\n', '    "startup",\n    "odd-tasks",\n'))
    done = copy.call("diagnose", "run")
    assert done.returncode == 0, done.stderr
    assert "odd-tasks" in done.stdout


SCENARIO = '''
"""Nothing happens.

What to look for: nothing.
"""


def main(times: int = 2) -> None:
    """Do nothing.

    times: how often
    """
    print("nothing", times)


if __name__ == "__main__":
    main()
'''


def test_a_scenario(copy: Copy) -> None:
    """It is listed; the file is all that there is to write."""
    copy.add("scenarios/nothing.py", SCENARIO)
    done = copy.call("scenario", "--list")
    assert "nothing" in done.stdout.split(), done.stderr


LIBRARY = '''
"""Hooks on a library."""


def hook(patches, module, kind):
    patches.replace(module, "work", lambda original: lambda: f"{kind}: {original()}")
'''
USE = """
import sys
from tracer.instrument import install
install.install()
import workers_of_mine
print(workers_of_mine.work())
"""


def test_a_library(copy: Copy) -> None:
    """Its hooks are put in place when it is imported."""
    entry = 'Adapter("mine", {"workers_of_mine": Hook(_HERE + "mine", "mine")}, ("1", "1")),'
    first = "ADAPTERS: list[Adapter] = ["
    registry = "tracer/instrument/libraries/__init__.py"
    copy.add("tracer/instrument/libraries/mine.py", LIBRARY, registry, (first, f"{first}\n    {entry}"))
    (copy.folder / "workers_of_mine.py").write_text("__version__ = '1.3'\ndef work():\n    return 'done'\n")
    done = copy.python(USE)
    assert done.stdout == "mine: done\n", done.stderr


def test_a_topic_of_help(copy: Copy) -> None:
    """It is listed, and shown."""
    copy.add("tracer/help/nothing.md", "# Nothing\n\nThere is nothing to say.\n")
    assert "nothing" in copy.call("help").stdout.split()
    assert "There is nothing to say." in copy.call("help", "nothing").stdout
