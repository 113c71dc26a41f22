"""What is read from the output of py-spy and of Python itself, and what is said where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import until
from tracer.record import stacks
from tracer.record.standard import PACKAGE

LIBRARY = "/usr/lib/python3.12/multiprocessing/pool.py"


def frame(path: str, line: object = 12, name: object = "child") -> dict[str, Any]:
    """Return a frame as py-spy writes it."""
    return {"name": name, "filename": path, "short_filename": "x", "line": line, "locals": None}


def printed(*frames: object, **changes: Any) -> bytes:
    """Return py-spy's output on one thread."""
    return json.dumps([{"pid": 7, "os_thread_id": 7, "active": False, "frames": frames} | changes]).encode()


def test_frames_of_the_program_from_the_innermost() -> None:
    """Those of libraries and of the tracer are left out, and no more than a few are kept."""
    mine = [frame(f"/home/me/{number}.py", number) for number in range(1, 9)]
    others = [frame(LIBRARY), frame(f"{PACKAGE}/instrument/x.py"), frame("<frozen runpy>")]
    assert stacks.parse(printed(*others, *mine)) == {
        7: "1.py:1 child; 2.py:2 child; 3.py:3 child; 4.py:4 child"
    }
    assert stacks.parse(printed(frame("<string>", 3, "<module>"))) == {7: "<string>:3 <module>"}


def test_a_thread_without_a_frame_of_the_program() -> None:
    """Where it stands in a library is told; of one in the tracer alone, nothing."""
    assert stacks.parse(printed(frame(LIBRARY, 125, "worker"))) == {7: "pool.py:125 worker"}
    assert stacks.parse(printed(frame(f"{PACKAGE}/record/x.py"))) == {}


def test_a_thread_that_computes_has_no_line() -> None:
    """It has moved on by the time that is read."""
    assert stacks.parse(printed(frame("/a.py"), active=True)) == {}


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{}", b"null", b"[3]", b"[{}]", b"NaN", b"\xff", b"[" * 100_000, printed()[:-4], printed()),
        *(printed(3), printed({}), printed(frame("/a.py", None)), printed(frame("/a.py", 0))),
        *(printed(frame("/a.py", True)), printed(frame("/a.py", 3, 4)), printed(frames="abc")),
        *(printed(frame("/a.py"), os_thread_id=None), printed(frame("/a.py"), os_thread_id="7")),
    ],
)
def test_what_is_not_of_that_form_is_left_out(text: bytes) -> None:
    """Nothing is known then, and nothing raised."""
    assert stacks.parse(text) == {}


OWN = """Stack dump for PID 7, thread 9 (idle; most recent call last):
  File "/usr/lib/python3.15/threading.py", line 1181, in Thread._bootstrap
    self._bootstrap_inner()
  File "/home/me/a, line 1.py", line 4, in outer
    def outer(): inner()
  File "/home/me/a.py", line 3, in Model.inner
  <native>

Stack dump, thread 7 (interpreter 0; main thread, idle; most recent call last):
No Python frames

Stack dump, thread 8 (interpreter 0; has GIL, on CPU; most recent call last):
  File "/home/me/a.py", line 9, in computes
"""


def test_what_python_s_own_prints() -> None:
    """The innermost comes last; who computes and who has no frames is left out, and so are source lines."""
    assert stacks.parse_own(OWN.encode()) == {9: "a.py:3 Model.inner; a, line 1.py:4 outer"}
    for text in (b"", b"\xff", b"Tachyon", OWN.encode()[60:200], b'  File "/a.py", line 4, in outer'):
        assert stacks.parse_own(text) == {}


_STANDS = """import sys, threading
lock = threading.Lock()
def stands(): lock.acquire()
lock.acquire()
threading.Thread(target=stands, daemon=True).start()
print(end="!", flush=True)
stands()"""


@pytest.mark.skipif(not stacks.OWN, reason="this Python cannot read others")
def test_python_s_own_reads_a_program_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of all of its threads."""
    monkeypatch.setattr(stacks, "executable", lambda: "")
    with subprocess.Popen([sys.executable, "-c", _STANDS], stdout=subprocess.PIPE) as running:
        try:
            assert running.stdout
            assert running.stdout.read(1) == b"!"
            until(lambda: len(stacks.of(running.pid)[0]) == 2, what="both threads")
            found, why = stacks.of(running.pid)
        finally:
            running.kill()
    assert why == ""
    assert found[running.pid] == "<string>:3 stands; <string>:7 <module>"
    assert set(found.values()) == {found[running.pid], "<string>:3 stands"}


def test_names_are_the_programs() -> None:
    """They are on one line, not too long, and cannot look like two frames."""
    (text,) = stacks.parse(printed(frame("/a; b\n.py", 1, "\x1b[31m" + "x" * 300))).values()
    assert text.isprintable()
    assert text.startswith(r"a;b\n.py:1 \x1b[31mxxx")
    assert len(text) < 120


def spy(folder: Path, code: str) -> None:
    """Make a program that stands in for py-spy."""
    path = folder / "py-spy"
    path.write_text(f"#!/bin/sh\n{code}\n")
    path.chmod(0o700)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "echo 'Error: Permission denied (os error 13)' >&2; echo backtrace >&2; exit 1",
            "Permission denied",
        ),
        ("exit 3", "exit code 3"),
        ("echo hello", "nothing that is known"),
        ("kill -9 $$", "exit code -9"),
        ("exec sleep 60", "took longer"),
    ],
)
def test_refused_and_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str) -> None:
    """Nothing is known, and why is told in a line."""
    spy(tmp_path, code)
    monkeypatch.setattr(stacks, "executable", lambda: str(tmp_path / "py-spy"))
    monkeypatch.setattr(stacks, "OWN", False)
    monkeypatch.setattr(stacks, "LIMIT_SECONDS", 0.2 if "longer" in why else 30.0)
    found, told = stacks.of(os.getpid())
    assert found == {}
    assert why in told
    assert "\n" not in told


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for beside Python and on PATH, and never in the working folder, which is the program's."""
    spy(tmp_path, "exit 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stacks, "OWN", False)
    monkeypatch.setattr(sys, "executable", "")
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "/nowhere"]))
    assert stacks.of(os.getpid()) == ({}, stacks.NOT_INSTALLED)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert stacks.executable() == str(tmp_path / "py-spy")
    (tmp_path / "py-spy").write_text("neither a program nor a script")
    assert stacks.of(os.getpid())[1].startswith("py-spy cannot be started: ")


def test_a_stand_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing moves for long; a next one is read when that costs little."""
    read: list[int] = []

    def of(pid: int) -> tuple[dict[int, str], str]:
        read.append(pid)
        return {pid: "a.py:1 f"}, ""

    monkeypatch.setattr(stacks, "of", of)
    monkeypatch.setattr(stacks, "executable", lambda: "py-spy")
    reading = stacks.Reading()

    def begin(still_since: int) -> None:
        reading.begin([("one", os.getpid())], still_since)
        assert reading._thread is not None
        reading._thread.join(30)

    for still_since in (5, 5):
        begin(still_since)
    assert reading.found == {("one", os.getpid()): "a.py:1 f"}
    assert len(read) == 1
    reading._next = 1 << 62
    begin(6)
    assert (len(read), reading.still_since) == (1, 5)
    reading._next = 0
    begin(6)
    assert (len(read), reading.still_since) == (2, 6)
