"""A Python that lacks a package: what cannot be traced is not run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.programs import place

# Hides pandas in a Python that has all packages.
WITHOUT_PANDAS = """
import sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
sys.meta_path.insert(0, Finder)
from tracer.__main__ import main
main()
"""
RECORDING = [["run", "program.py"], ["scenario", "process1"], ["sweep", "--env", "N", "1,2", "program.py"]]


@pytest.mark.parametrize("words", RECORDING, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("flags", "lacks"),
    [
        (["-S", "-m", "tracer"], "numpy, pandas, pyarrow, matplotlib, rich"),
        (["-c", WITHOUT_PANDAS], "pandas"),
    ],
    ids=["all", "pandas"],
)
def test_a_program_is_not_run_where_its_trace_could_not_be_read(
    tmp_path: Path, flags: list[str], lacks: str, words: list[str]
) -> None:
    """One line says what is missing and how to install it; no folder is made or written anew."""
    (tmp_path / "program.py").write_text("print('run')\n")
    with place(tmp_path) as here:
        done = here.call([sys.executable, *flags, *words])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"tracer: this Python ({sys.executable}) lacks {lacks}: ")
    assert done.stderr.endswith(f" -m pip install {lacks.replace(',', '')}`\n")
    assert done.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == ["program.py"]
