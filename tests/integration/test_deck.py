"""`tracer deck` runs scenarios: their runs are kept, and one that fails does not lose the others."""

from __future__ import annotations

from pathlib import Path

from tests.support.causes import tracer
from tracer.traces import load


def test_a_deck_of_scenarios(tmp_path: Path) -> None:
    """One of ours, one of the user's, one that fails: two slides, and what they print is not ours."""
    (tmp_path / "mine.py").write_text("def main(n: int = 1) -> None:\n    print('printed')\n")
    (tmp_path / "fails.py").write_text("def main() -> None:\n    raise SystemExit(3)\n")
    file = tmp_path / "talk.pdf"
    said = tracer("deck", file, tmp_path / "mine.py", tmp_path / "fails.py", "process1", "--theme", "dark")
    assert (said.returncode, said.stdout) == (1, "")
    lines = [line.replace(f"{tmp_path}/", "") for line in said.stderr.splitlines()]
    assert lines == [
        "tracer: 1 of 3: mine.py",
        "tracer: 2 of 3: fails.py",
        "tracer: fails.py is left out: it ended with exit code 3",
        "tracer: 3 of 3: process1",
        "tracer: talk.pdf",
    ]
    assert file.read_bytes().count(b"/Type /Page ") == 3
    meta = load(tmp_path / "talk-runs" / "process1").meta
    assert (meta["command"], meta["argv"]) == ("scenario process1", ["process1"])
    assert load(tmp_path / "talk-runs" / "mine").meta["command"] == "scenario mine"
