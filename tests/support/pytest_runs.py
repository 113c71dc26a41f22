"""Running pytest in a process of its own, with our plugin as an installation has it."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import REPOSITORY, Place, place

_LIMIT_S = 400.0
"""Nine figures are drawn in 15 s of CPU time, for which a machine with much else to do takes minutes."""


@dataclass
class PytestFolder:
    """A folder with a file of tests, `test_it.py`, in which pytest is run."""

    place: Place
    installed: Path

    @property
    def folder(self) -> Path:
        """Where the tests are."""
        return self.place.folder

    def run(self, *options: str, before: tuple[str, ...] = ("-m",)) -> tuple[int, str]:
        """Run pytest; return its exit code, and what it printed. Nothing of it is left alive."""
        path = os.pathsep.join([str(REPOSITORY), str(self.installed)])
        words = [sys.executable, *before, "pytest", "-q", "-p", "no:cacheprovider", *options]
        done = self.place.call(words, PYTHONPATH=path)
        return done.returncode, done.stdout + done.stderr

    def summary(self, printed: str) -> list[str]:
        """Return the lines of our part of pytest's summary."""
        _, _, rest = printed.partition(" tracer =")
        lines = rest.split("\n====")[0].splitlines()[1:]
        return [line for line in lines if line and not line[0].isdecimal()]


@contextmanager
def pytest_in(folder: Path, source: str) -> Iterator[PytestFolder]:
    """Give a folder with these tests; our plugin is found by the entry point of `pyproject.toml`."""
    with place(folder / "here") as here:
        here.limit = _LIMIT_S
        (here.folder / "test_it.py").write_text(source)
        (here.folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        yield PytestFolder(here, _installation(folder / "installed"))


def _installation(folder: Path) -> Path:
    """Make what tells Python of an installed package: its name, its files, its entry points."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / "tracer_as_installed-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tracer-as-installed\nVersion: 1\n")
    (info / "RECORD").write_text("tracer/__init__.py,,\ntracer/pytest_plugin.py,,\n")
    entries = "\n".join(f"{name} = {home}" for name, home in project["entry-points"]["pytest11"].items())
    (info / "entry_points.txt").write_text(f"[pytest11]\n{entries}\n")
    return folder
