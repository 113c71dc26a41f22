"""Folders in the temporary directory: those of the dead go, those of the living and of others stay."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tracer.record import alive, collecting, temporary_folders


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a temporary directory of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def named(root: Path, pid: int, start: int | None, machine: str | None = None) -> Path:
    """Make the folder of a process."""
    path = root / f"tracer-{machine or temporary_folders._machine()}-{pid}-{start}-abc_1234"
    path.mkdir()
    (path / "roster").touch()
    return path


@pytest.mark.skipif(alive.started(os.getpid()) is None, reason="nothing tells when a process started")
def test_only_folders_of_dead_processes_go(root: Path) -> None:
    """A PID that came round again is another process; a folder that others named is not ours to judge."""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = alive.started(other.pid)
    assert start is not None
    stay = [named(root, other.pid, start), named(root, os.getpid(), None), named(root, 1, 2, "0" * 8)]
    for name in ("tracer-abcdefgh", "tracer-notes", "another"):
        stay.append(root / name)
        stay[-1].mkdir()
    link = root / f"tracer-{temporary_folders._machine()}-1-2-link_123"
    link.symlink_to(root / "another")
    gone = [named(root, other.pid, start + 1), named(root, 2**22 + 1, 5), named(root, 2**22 + 1, None)]
    made = Path(temporary_folders.make())
    other.communicate(b"\n")
    assert all(path.exists() for path in [*stay, link, made])
    assert not any(path.exists() for path in gone)
    temporary_folders.clear(str(root))
    assert not stay[0].exists()
    assert made.exists()


def test_the_collectors_socket_lies_in_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sockets are files: a collector that was killed leaves nothing to the next one."""
    code = "import os, sys; sys.platform = 'other'; from tracer.record import collecting; "
    code += "collecting._address(); os.kill(os.getpid(), 9)"
    repository = Path(collecting.__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", code], cwd=repository, env=os.environ | {"TMPDIR": str(root)}, timeout=60
    )
    (left,) = root.iterdir()
    monkeypatch.setattr(collecting.sys, "platform", "other")  # type: ignore[attr-defined]
    address = Path(collecting._address())
    assert list(root.iterdir()) == [address.parent] != [left]
    assert len(address.name) + len(address.parent.name) < 60  # the path of a socket is short


def test_a_folder_is_gone_when_it_is_done_with(root: Path) -> None:
    """Even where the body raised."""
    with suppress(ZeroDivisionError), temporary_folders.folder() as folder:
        assert folder.is_dir()
        _ = 1 / 0
    assert list(root.iterdir()) == []
