"""Files of a run are the user's own while it lasts."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.support.programs import PROGRAMS, started


@pytest.mark.parametrize("source", ["auto", "sampled"])
def test_nobody_else_reads_what_is_recorded(tmp_path: Path, source: str) -> None:
    """Whatever the umask: folders 0700, files 0600 or less, under the real command, while it records."""
    before = os.umask(0o000)
    try:
        words = [str(PROGRAMS / "endings.py"), str(tmp_path), "go"]
        with started(tmp_path, words, whole=True, options=("--cores", source)) as run:
            run.await_file("ready")
            found = [run.place.out, *run.place.out.rglob("*")]
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in found}
            (tmp_path / "go").touch()
            ended = run.end()
    finally:
        os.umask(before)
    assert ended.stdout == "285\n"
    assert len(modes) > 4
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
