"""A disk that fills up in the middle of a run costs the traced program nothing, and the loss is counted."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import PROGRAMS, run

PRINTED = "2666466670000\n328350 328350\n"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with one megabyte of room. Skips where that needs a privilege that we lack."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tracer-test", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts a tmpfs")
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_the_program_is_unharmed_and_the_loss_is_counted(small_disk: Path, tmp_path: Path) -> None:
    """Recording stops where the room ends: no SIGBUS; what came before is whole, the rest is counted."""
    (small_disk / "out").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "out").symlink_to(small_disk / "out")
    ended = run(tmp_path / "run", [str(PROGRAMS / "full.py")])
    assert (ended.stdout, ended.code) == (PRINTED, 0)
    losses = ended.trace.meta["losses"]
    assert losses["records"] > 1000
    tasks = ended.tasks("square")
    assert (tasks["status"] == "ok").sum() > 100


def test_the_command_says_in_one_line_what_is_wrong(small_disk: Path, tmp_path: Path) -> None:
    """With no room for the tables either, the command says so in one line, after the program has ended."""
    (small_disk / "out").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "out").symlink_to(small_disk / "out")
    (small_disk / "filler").write_bytes(bytes(600_000))
    ended = run(tmp_path / "run", [str(PROGRAMS / "full.py")], whole=True)
    assert ended.stdout == PRINTED
    assert "Traceback" not in ended.stderr
    if ended.code:
        assert ended.code == 1
        assert ended.stderr.startswith("tracer: ")
        assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("freed", [True, False])
def test_a_disk_that_is_full_from_the_start(small_disk: Path, tmp_path: Path, freed: bool) -> None:
    """The program runs as it would; if there is room again at its end, the trace is a main process."""
    (small_disk / "out").mkdir()
    filler = small_disk / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    script = tmp_path / "program.py"
    free = f"__import__('os').unlink({str(filler)!r})\n" if freed else ""
    script.write_text(f"{PROGRAM}{free}print('fine')\n")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "out").symlink_to(small_disk / "out")
    ended = run(tmp_path / "run", [str(script)], whole=True)
    assert (ended.stdout, ended.code) == ("9\nfine\n", 0)
    assert "Traceback" not in ended.stderr
    if freed:
        assert ended.trace.processes["role"].tolist()[0] == "main"
        assert ended.trace.meta["losses"]["journals"] >= 1
    else:
        assert ended.stderr.startswith("tracer: ")


PROGRAM = """\
import multiprocessing
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.apply(pow, (3, 2)))
"""
