"""Standard streams that are closed, full, broken or in ASCII."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import LIMIT_S, REPOSITORY
from tests.support.traces import pool_trace
from tracer.tables import store

FULL = "tracer: cannot write to standard output: No space left on device\n"


def shell(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of sh in which `$T` is the command; buffered, as a shell's user has it."""
    own = {"T": f"{sys.executable} -m tracer", "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": ""}
    return subprocess.run(
        ["sh", "-c", line], cwd=folder, env=os.environ | own | environment, timeout=LIMIT_S,
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("$T scenario --list >/dev/full", 1, FULL),
        ("$T --help >/dev/full", 1, FULL),
        ("$T scenario --list >&-", 0, ""),
        ("$T scenario nosuch 2>/dev/full", 2, ""),
        ("$T scenario nosuch 2>&-", 2, ""),
        ("$T scenario --list <&- >&- 2>&-", 0, ""),
        ("{ $T scenario --list; echo $? >&2; } | :", 0, "0\n"),
    ],
)  # fmt: skip
def test_a_stream_that_takes_nothing_is_one_line_or_none(
    tmp_path: Path, line: str, code: int, said: str
) -> None:
    """Never a traceback, never the 120 that Python ends with where it cannot flush."""
    ended = shell(tmp_path, line)
    assert (ended.returncode, ended.stderr) == (code, said)


@pytest.mark.parametrize("stream", ["/dev/full", "&-"])
def test_the_programs_exit_code_comes_through_whatever_stderr_takes(tmp_path: Path, stream: str) -> None:
    """A summary that nobody can read changes nothing."""
    (tmp_path / "a.py").write_text("raise SystemExit(7)")
    assert shell(tmp_path, f"$T run --cores stamps a.py 2>{stream}").returncode == 7


@pytest.mark.parametrize("command", ["diagnose", "compare"])
def test_characters_that_a_stream_cannot_hold_are_replaced(tmp_path: Path, command: str) -> None:
    """By others that mean the same, where there are such."""
    store.save(pool_trace(), tmp_path / "a" / "trace")
    store.save(pool_trace(), tmp_path / "b" / "trace")
    words = "a b" if command == "compare" else "a"
    ended = shell(tmp_path, f"$T {command} {words}", PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stdout.isascii()) == (0, True), ended.stderr
    assert command == "compare" or "   -> " in ended.stdout


@pytest.mark.parametrize(
    "command", ["diagnose NAME", "figure NAME", "compare NAME NAME", "run --out NAME a.py"]
)
def test_a_name_that_no_file_can_have_is_one_line(tmp_path: Path, command: str) -> None:
    """Whichever command looks for it."""
    (tmp_path / "a.py").touch()
    ended = shell(tmp_path, f"$T {command}".replace("NAME", "x" * 300))
    assert ended.returncode == 1
    assert ended.stderr.startswith("tracer: ")
    assert "x" * 300 in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.endswith(": File name too long\n")
