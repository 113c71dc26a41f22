"""How the traced program's Python is called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tracer.cli import supervise


def test_python_is_called_by_the_name_that_it_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the user called ours, so that it finds itself as untraced; not by a path that leads elsewhere."""
    monkeypatch.chdir(tmp_path)
    for name in ("python3", sys.executable):
        monkeypatch.setattr(sys, "orig_argv", [name, "-m", "tracer"])
        assert supervise._python(["script.py"])[0] == name
    for name in (".venv/bin/python", ""):
        monkeypatch.setattr(sys, "orig_argv", [name, "-m", "tracer"])
        assert supervise._python(["script.py"])[0] == sys.executable
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    monkeypatch.setattr(sys, "orig_argv", [".venv/bin/python", "-m", "tracer"])
    assert supervise._python(["script.py"])[0] == ".venv/bin/python"
