"""What is told of the runs when all tests are over: a line each, worked out in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.record.standard import ROOT
from tracer.run_folder import again

if TYPE_CHECKING:
    import pytest

_START = "import sys; sys.path.append(sys.argv[1]); from tracer.testing.reading import main; main()"


@dataclass(frozen=True)
class Run:
    """A recorded run: the test it is of, and its folder."""

    test: str
    folder: Path


class Told:
    """The runs of a session, and what is said of them."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    def tell(self, reporter: pytest.TerminalReporter | None = None, failed: str = "") -> None:
        """Have the tables and figures of all runs made, and print a line for each as it is done.

        A run of a test that started nothing goes, in silence. What failed is a line each, too.
        """
        runs, self.runs = self.runs, []
        begun = False
        for line, wrong in _lines(runs, failed):
            if reporter is not None:
                if not begun:
                    reporter.section("tracer")
                begun = True
                reporter.write_line(line, red=wrong)


def _lines(runs: list[Run], failed: str) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether they tell of a failure."""
    left = list(runs)
    try:
        for numbers in _read(runs) if runs else ():
            run = left.pop(0)
            if not numbers.get("nothing"):
                yield "  ".join(filter(None, (run.test, *numbers["said"], _near(run.folder)))), False
            for what in numbers.get("failed", ()):
                yield f"tracer: {run.test}: {what}", True
    except (OSError, ValueError, KeyError) as error:
        failed = failed or f"the runs cannot be read: {error}"
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        yield f"tracer: {left[0].test}{more}: not read; {again(left[0].folder)}", True
    if failed:
        yield f"tracer: {failed}", True


def _read(runs: list[Run]) -> Iterator[dict[str, Any]]:
    """Yield what the process that reads says of each run. Raises OSError, ValueError."""
    words = [sys.executable, "-P", "-W", "ignore", "-c", _START, ROOT, *(str(run.folder) for run in runs)]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=os.sep
    ) as reading:
        assert reading.stdout is not None
        try:
            for line in reading.stdout:
                if line.startswith(b"{"):
                    yield json.loads(line)
        except BaseException:
            with contextlib.suppress(OSError):
                reading.kill()
            raise


def _near(folder: Path) -> str:
    try:
        return str(folder.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(folder)
