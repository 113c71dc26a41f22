"""Files of a run: what is read, and what writing leaves alone."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tracer import files


def test_a_fifo_or_a_folder_is_not_read(tmp_path: Path) -> None:
    """Neither keeps the reader waiting: an OSError that names it."""
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        with pytest.raises(OSError, match="not a plain file"):
            files.open_plain(tmp_path / name)


def test_a_device_is_not_read() -> None:
    """/dev/zero has no end."""
    with pytest.raises(OSError, match="not a plain file"):
        files.read_json(Path("/dev/zero"))


def test_json_has_a_depth_and_a_size(tmp_path: Path) -> None:
    """What would take the stack or the memory is refused as what is no JSON is."""
    path = tmp_path / "deep.json"
    path.write_text("[" * 1_000_000)
    with pytest.raises(ValueError, match=r"nested too deeply|Expecting"):
        files.read_json(path)
    with pytest.raises(OSError, match="too large"):
        files.read_json(path, most=1000)
    path.write_text(json.dumps({"a": [1]}))
    assert files.read_json(path) == {"a": [1]}


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """The file that it points to stays as it was; the new one is the user's own."""
    mine, link = tmp_path / "mine", tmp_path / "link"
    mine.write_text("dear")
    link.symlink_to(mine)
    files.write(link, "new")
    assert (mine.read_text(), link.read_text()) == ("dear", "new")
    assert not link.is_symlink()
    assert stat.S_IMODE(link.stat().st_mode) == 0o600


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """And nothing beside it."""
    path = tmp_path / "file"
    path.write_text("old")

    def fail() -> None:
        with files.replacing(path) as new:
            new.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
