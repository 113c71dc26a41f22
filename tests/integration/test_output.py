"""What every command prints on a recorded run: no line ends in blanks, and a pipe may be closed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import REPOSITORY, place

# Those that print on standard output; RUN is a run's folder.
PRINTING = {
    "diagnose": "diagnose RUN",
    "diagnose --json": "diagnose RUN --json",
    "compare": "compare RUN RUN --out other",
    "whatif": "whatif RUN --workers 8",
    "sweep": "sweep pool4 --work-ms 1,2 --repeat 1 --force --out swept",
    "doctor": "doctor",
    "scenario --list": "scenario --list",
    "help": "help",
    "--help": "--help",
    "run --help": "run --help",
}
OTHERS = {
    "scenario": "scenario pool4 --force --out RUN",
    "run": "run --out block block.py",
    "figure": "figure RUN --draw account,phases --format svg",
    "no command": "",
}
BLOCK = """
import multiprocessing, tracer
if __name__ == "__main__":
    with tracer.trace("mine") as t:
        with multiprocessing.Pool(2) as pool:
            pool.map(abs, range(9))
    t.save()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which `run` is a run of the scenario pool4."""
    folder = tmp_path_factory.mktemp("output")
    (folder / "block.py").write_text("print('hello')\n")
    assert shell(folder, "scenario pool4 --quiet --out RUN").returncode == 0
    return folder


def shell(folder: Path, words: str, after: str = "") -> subprocess.CompletedProcess[str]:
    """Run `python -m tracer WORDS`, with what comes `after` it on the shell's line."""
    line = f"{sys.executable} -m tracer {words.replace('RUN', 'run')} {after}"
    with place(folder) as here:
        return here.call(["bash", "-c", line], PYTHONUNBUFFERED="")


@pytest.mark.parametrize("name", [*PRINTING, *OTHERS])
def test_no_line_ends_in_blanks(folder: Path, name: str) -> None:
    """On either stream."""
    done = shell(folder, (PRINTING | OTHERS)[name])
    assert done.returncode == (2 if name == "no command" else 0), done.stderr
    lines = [*done.stdout.splitlines(), *done.stderr.splitlines()]
    assert lines
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("name", PRINTING)
def test_a_reader_may_go(folder: Path, name: str) -> None:
    """`| head -1` is no error, and says nothing."""
    done = shell(folder, PRINTING[name], "2>err | true; echo ${PIPESTATUS[0]}")
    said = [
        line
        for line in (folder / "err").read_text().splitlines()
        if not name.startswith(("sweep", "compare"))
    ]
    assert (done.stdout, said) == ("0\n", [])
    assert "Traceback" not in (folder / "err").read_text()


def test_a_run_in_the_place_of_another_says_so(folder: Path) -> None:
    """And `--keep` keeps both, so that there are two to compare."""
    first = shell(folder, "scenario process1 --cores stamps")
    again = shell(folder, "scenario process1 --cores stamps")
    assert "replaced" not in first.stderr
    assert again.stderr.splitlines()[-1] == "  replaced an earlier run in outputs/process1; --keep keeps both"
    kept = shell(folder, "scenario process1 --cores stamps --keep")
    assert "outputs/process1-2/gantt.png" in kept.stderr
    assert "replaced" not in kept.stderr
    assert shell(folder, "compare outputs/process1 outputs/process1-2").returncode == 0
    assert shell(folder, "scenario process1 --keep --force").returncode == 2


def test_a_block_keeps_no_half_of_an_earlier_one(tmp_path: Path) -> None:
    """A second `tracer.trace()` into the folder leaves what it writes itself, and the user's own files."""
    (tmp_path / "block.py").write_text(BLOCK)
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}

    def python(*words: str) -> None:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            timeout=120,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    python("block.py")
    python("-m", "tracer", "figure", "mine", "--draw", "account,phases", "--format", "png,svg")
    (tmp_path / "mine" / "notes.txt").touch()
    assert (tmp_path / "mine" / "account.png").exists()
    (tmp_path / "block.py").write_text(BLOCK.replace("    t.save()\n", ""))
    python("block.py")
    assert sorted(os.listdir(tmp_path / "mine")) == ["notes.txt", "trace"]
