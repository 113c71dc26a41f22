"""A traced block whose trace cannot be saved: the program goes on, and its own exception is to be seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import place

PROGRAM = """
import sys
{break_it}
import tracer
from multiprocessing import Pool, set_start_method

if __name__ == "__main__":
    set_start_method("fork")
    try:
        with tracer.trace("out") as t:
            with Pool(1) as pool:
                pool.map(abs, range(3))
            {end}
    except KeyError as error:
        print("own", error, error.__context__)
    print("went on")
    {then}
"""
NO_TABLES = (
    "import tracer.tables.store as s\ndef save(*_): raise ZeroDivisionError('on purpose')\ns.save = save"
)
NO_TRACE = "import tracer.tables.assemble as a\ndef no(*_): raise MemoryError\na.assemble = no"
NO_FIGURE = "import tracer.figures.gantt.gantt as g\ndef no(*_): raise IndexError('on purpose')\ng.draw = no"
AGAIN = "the journals are kept, `python -m tracer figure out` draws it again"
NOT_SAVED = "tables: internal error (ZeroDivisionError: on purpose); a bug of tracer"


def run(folder: Path, *flags: str, **parts: str) -> subprocess.CompletedProcess[str]:
    """Run the program with its parts filled in."""
    text = PROGRAM.format(**{"break_it": "", "end": "", "then": "", **parts})
    (folder / "program.py").write_text(text)
    with place(folder) as here:
        return here.call([sys.executable, *flags, "program.py"])


@pytest.mark.parametrize("break_it", [NO_TABLES, NO_TRACE])
def test_the_blocks_own_exception_is_raised(tmp_path: Path, break_it: str) -> None:
    """And knows nothing of ours; ours is one line, and the journals are kept."""
    done = run(tmp_path, break_it=break_it, end="raise KeyError('mine')")
    assert (done.returncode, done.stdout) == (0, "own 'mine' None\nwent on\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tracer: ")
    assert line.endswith(AGAIN)
    assert list((tmp_path / "out" / "journals").glob("*.journal"))


def test_what_was_read_can_be_used(tmp_path: Path) -> None:
    """Though its tables could not be saved."""
    done = run(tmp_path, break_it=NO_TABLES, then="print(len(t.tasks))")
    assert (done.returncode, done.stdout) == (0, "went on\n3\n")
    assert done.stderr == f"tracer: {NOT_SAVED}; {AGAIN}\n"


def test_what_was_not_read_says_why(tmp_path: Path) -> None:
    """A table says what the line said."""
    done = run(tmp_path, break_it=NO_TRACE, then="t.tasks")
    assert done.returncode == 1
    assert "AttributeError: tasks trace: not enough memory" in done.stderr


def test_all_that_can_be_saved_is_saved(tmp_path: Path) -> None:
    """`t.save()` raises one TracerError at its end."""
    then = "try:\n        t.save()\n    except tracer.TracerError as error:\n        print(error)"
    done = run(tmp_path, break_it=NO_FIGURE, then=then)
    assert (done.returncode, done.stderr) == (0, "")
    said = "figure: internal error (IndexError: on purpose); a bug of tracer"
    assert done.stdout == f"went on\n{said}; `python -m tracer figure out` draws it again\n"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"trace", "report.html", "summary.json"}


def test_warnings_that_are_errors_are_the_programs(tmp_path: Path) -> None:
    """With -W error and -bb the block is saved and drawn."""
    done = run(tmp_path, "-W", "error", "-bb", then="print(len(t.save()))")
    assert (done.returncode, done.stdout, done.stderr) == (0, "went on\n5\n", "")
