"""`deck`: slides that each ask a question and answer it by a run, with notes for the speaker."""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tracer import files, requirements, steps
from tracer.cli import figure_options, own_process
from tracer.cli.deck_slides import Subject
from tracer.cli.recording_options import add_cores
from tracer.cli.scenarios import find_scenario, list_scenarios, read_scenario
from tracer.cli.terminal import streams
from tracer.errors import TracerError, UsageError
from tracer.figures.options import Options, OptionsError
from tracer.wording import plain

if TYPE_CHECKING:
    from tracer.deck.slides import Deck

NAME = "deck"
HELP = "slides with notes, of scenarios that are run now, or of runs"
DESCRIPTION = """\
Makes slides, with notes for the speaker. Each slide asks a question and answers it by a figure. SCENARIO is a
bundled one or PATH.py, which is run now, with its defaults; DIR is the folder of any run. Without either, six
scenarios answer what one asks of multiprocessing first: why processes, why not threads, how one process
lives, what a pool is, a pool of four, four named processes.

OUT ends in .pptx (PowerPoint, LibreOffice: needs python-pptx) or .pdf (the notes are annotations)."""
INTRODUCTION = ("speedup", "threads_vs_processes", "process1", "pool", "pool4", "processes4")
TITLE = "Multiprocessing, measured"
FORMATS = (".pptx", ".pdf")
_AS_SCENARIO = {"keep": False, "no_spans": (), "label": None, "no_argv": False, "json": False, "live": False}
"""The options of `scenario` that this command has not."""
_STOPPED = (128 + signal.SIGTERM, 128 + signal.SIGHUP, 128 + signal.SIGQUIT)
"""Exit codes of a program that was ended together with this command."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options; return `argv` with them before the words: argparse takes no words on both sides."""
    parser.add_argument("file", metavar="OUT", type=Path, help="the deck's file: talk.pptx, talk.pdf")
    parser.add_argument("subjects", metavar="SCENARIO|DIR", nargs="*", help="what the slides are about")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="where to keep the runs (default: OUT's name and -runs)"
    )
    parser.add_argument("--title", default=TITLE, metavar="TEXT", help=f"of the deck (default: {TITLE})")
    figure_options.add_shared(parser, "theme")
    add_cores(parser)
    parser.add_argument("--force", action="store_true", help="write OUT anew where it is there, and the runs")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    takes_one = [action for action in parser._actions if action.nargs is None]
    return _options_first(argv, {flag for action in takes_one for flag in action.option_strings})


def _options_first(argv: Sequence[str], with_value: Collection[str]) -> list[str]:
    options: list[str] = []
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        (options if word.startswith("-") else words).append(word)
        if word in with_value:
            options += [value for value in [next(rest, None)] if value is not None]
    return [*options, *words]


def run(arguments: argparse.Namespace) -> int:
    """Run the scenarios, draw every subject and write the deck; 1 where one of them had to be left out."""
    requirements.check()
    _check(arguments.file, arguments.force)
    options = _options(arguments)
    runs = arguments.out or arguments.file.with_name(f"{arguments.file.stem}-runs")
    words = list(dict.fromkeys(arguments.subjects or INTRODUCTION))
    chosen = {word: _subject(word, runs) for word in words}
    _refuse_one_folder_for_two(chosen)
    scenarios = [word for word, subject in chosen.items() if subject.scenario]
    for number, word in enumerate(scenarios, 1):
        _tell(arguments, f"{number} of {len(scenarios)}: {word}")
        if why := _record(chosen[word], word, arguments):
            _leave_out(chosen, word, why)
    deck = _draw(chosen, arguments, options)
    _write(deck, arguments.file)
    _tell(arguments, str(arguments.file))
    return 0 if len(deck.slides) == len(words) else 1


def _check(file: Path, force: bool) -> None:
    """Refuse what cannot be written, before anything is run. Raises UsageError or TracerError."""
    if file.suffix not in FORMATS:
        example = f"python -m tracer deck talk.pptx {shlex.quote(str(file))}"
        raise UsageError(f"{file}: name the deck's file first, it ends in .pptx or .pdf: {example}")
    if file.is_dir():
        raise UsageError(f"{file} is a folder: name a file")
    if file.exists() and not force:
        raise TracerError(f"{file} is there already: name another file, or give --force to write it anew")
    if file.suffix == ".pptx" and importlib.util.find_spec("pptx") is None:
        raise TracerError(
            f"{file}: needs python-pptx: `pip install 'process-timeline-tracer[deck]'`, or name a .pdf"
        )


def _options(arguments: argparse.Namespace) -> Options:
    """Return the options that all figures share. Raises UsageError for a theme that there is not."""
    try:
        return Options(theme=arguments.theme or Options.theme)
    except OptionsError as error:
        raise UsageError(f"--theme: {error}") from error


def _subject(word: str, runs: Path) -> Subject:
    """Return a scenario with the folder that its run will have, or a run. Raises TracerError."""
    bundled = {path.stem for path in list_scenarios()}
    if word not in bundled and Path(word).is_dir():
        return Subject(Path(word))
    scenario = read_scenario(find_scenario(word))
    return Subject(runs / scenario.name, scenario)


def _refuse_one_folder_for_two(chosen: Mapping[str, Subject]) -> None:
    """Refuse two scenarios of one name: the second's run would take the place of the first's."""
    names: dict[Path, str] = {}
    for word, subject in chosen.items():
        if subject.scenario and names.setdefault(subject.folder, word) != word:
            first = names[subject.folder]
            raise UsageError(f"{first} and {word} would both be recorded into {subject.folder}: rename one")


def _record(subject: Subject, word: str, arguments: argparse.Namespace) -> str:
    """Record a scenario; return why there is nothing to show of it, empty where there is."""
    from tracer.cli.scenario_runs import record_scenario

    assert subject.scenario is not None
    own = argparse.Namespace(**{**_AS_SCENARIO, **vars(arguments), "out": subject.folder, "quiet": True})
    values = {each.name: each.default for each in subject.scenario.parameters}
    try:
        with streams.unprinted():
            code = record_scenario(subject.scenario, word, values, own)
    except TracerError as error:
        return str(error)
    if code in _STOPPED:
        raise TracerError(f"stopped by {signal.Signals(code - 128).name} while {word} ran")
    return f"it ended with exit code {code}" if code else ""


def _leave_out(chosen: dict[str, Subject], word: str, why: str) -> None:
    """Go on without a subject, and say so whether or not to be quiet."""
    del chosen[word]
    with streams.tell():
        print(plain(f"tracer: {word} is left out: {why}"), file=sys.stderr)


def _draw(chosen: dict[str, Subject], arguments: argparse.Namespace, options: Options) -> Deck:
    """Draw the runs with the theme of `options`. Raises TracerError where none can be."""
    own_process.settle()  # only now: the programs inherit what it changes
    own_process.load_matplotlib()
    from tracer.cli.deck_slides import make_slide, title_lines, when
    from tracer.deck.slides import Deck
    from tracer.run_folder import load

    metas, slides = [], []
    for word, subject in list(chosen.items()):
        try:
            trace = load(subject.folder)
            slides.append(make_slide(trace, subject, options.theme))
            metas.append(trace.meta)
        except TracerError as error:
            _leave_out(chosen, word, str(error))
        except Exception as error:  # a bug of ours; the others are there
            if arguments.debug:
                raise
            _leave_out(chosen, word, steps.lines([steps.Failure("figure", steps.lacking(error))])[0])
    if not slides:
        raise TracerError("nothing is left to show: no deck is written")
    return Deck(plain(arguments.title), title_lines(metas), slides, options.colours, min(map(when, metas)))


def _write(deck: Deck, file: Path) -> None:
    """Write the deck whole, or not at all. Raises TracerError."""
    write = import_module(f"tracer.deck.{file.suffix.removeprefix('.')}")
    made: bytes = getattr(write, file.suffix.removeprefix("."))(deck)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(file) as new:
            new.write_bytes(made)
    except OSError as error:
        raise TracerError(f"cannot write {file}: {steps.lacking(error)}") from error


def _tell(arguments: argparse.Namespace, line: str) -> None:
    if not arguments.quiet:
        with streams.tell():
            print(plain(f"tracer: {line}"), file=sys.stderr)
