"""`live`: a run in progress, drawn while it goes on, from another terminal than its own."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from tracer.cli import own_process
from tracer.errors import TracerError
from tracer.wording import plain

if TYPE_CHECKING:
    from tracer.cli.live_finder import Finder
    from tracer.live.run import LiveRun

NAME = "live"
HELP = "look at a run in progress while it goes on"
DESCRIPTION = """\
Shows a run in progress, that something else has started, until it ends or Control-C: workers, tasks, what
takes longest, the finding so far. The run is only read. Without a terminal the view is printed once."""

_ENDING = ("SIGTERM", "SIGHUP")


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.add_argument("dir", metavar="DIR", type=Path, help="the folder of the run, as given with --out")
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Show it. Raises TracerError where no run is in progress, KeyboardInterrupt after the last view."""
    own_process.settle()
    from tracer import run_folder
    from tracer.files import read_json
    from tracer.record import schema

    out: Path = arguments.dir
    journals = out / schema.JOURNAL_FOLDER
    if not run_folder.is_at_work(journals):
        raise TracerError(_not_in_progress(out))
    try:
        origin = int(read_json(journals / schema.SESSION_FILE)["origin_ns"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TracerError(f"{journals / schema.SESSION_FILE} does not say when the run began") from error
    from tracer.cli.live_finder import Finder
    from tracer.live.run import LiveRun

    live, finder = LiveRun(journals, origin), Finder(journals, origin)
    try:
        _show(live, finder, journals)
    finally:
        finder.close()
        live.close()
    return 0


def _not_in_progress(out: Path) -> str:
    from tracer import run_folder

    if run_folder.holds_run(out):
        again = f"python -m tracer diagnose {shlex.quote(str(out))}"
        return f"{out} is not in progress: `{again}` says what held it back"
    return f"{out} holds no run: name the folder of a run in progress, as given with --out"


def _show(run: LiveRun, finder: Finder, journals: Path) -> None:
    from tracer import run_folder
    from tracer.cli.terminal.console import Console
    from tracer.live import panel
    from tracer.live.viewer import Painter, still, watch

    def is_over(seconds: float) -> bool:
        time.sleep(seconds)
        return run.is_over or not run_folder.is_at_work(journals)

    console, encoding = Console(), sys.stdout.encoding or "ascii"
    interrupted = False
    if panel.is_terminal(1):
        sys.stdout.flush()
        drawn = panel.Panel(1, encoding=encoding)
        with _ended_by_signals(), own_process.yielding(drawn.erase):
            try:
                watch(run, drawn, Painter(), encoding, finder, is_over, whole=True)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                drawn.erase()
    else:
        print(plain("tracer: no terminal on stdout: the run as it stands now"), file=sys.stderr)
    over = not interrupted and (run.is_over or not run_folder.is_at_work(journals))
    if interrupted:
        console.print()  # below the ^C
    for line in still(run, console.width, encoding, finder, over=over):
        console.print(line, no_wrap=True, overflow="crop")
    if interrupted:
        raise KeyboardInterrupt("")


class _Ended(BaseException):
    """A signal asks this process to end."""


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let the body clear up when it is ended by a signal, and then die of that."""
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    wanted = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]

    def end(number: int, _frame: FrameType | None) -> None:
        raise _Ended(number)

    for number in wanted:
        signal.signal(number, end)
    try:
        yield
    except _Ended as ended:
        signal.signal(ended.args[0], signal.SIG_DFL)
        os.kill(os.getpid(), ended.args[0])
    finally:
        for number in wanted:
            signal.signal(number, signal.SIG_DFL)
