"""The options of the commands that record."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path

from tracer.record.kinds import SPAN_CATEGORIES

WITH_VALUE = {"--out", "--cores", "--no-spans", "--label"}
"""Those that take a value in the next word."""
LABELS = {"none": "", "args": "args"}
"""Values of `--label`, and what they are called where a recording begins."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run` and `scenario`."""
    group = parser.add_argument_group("options of tracer")
    group.add_argument("--out", metavar="DIR", type=Path, help="the run's folder (default: outputs/NAME)")
    place = group.add_mutually_exclusive_group()
    place.add_argument("--force", action="store_true", help="write into DIR whatever it holds")
    place.add_argument(
        "--keep", action="store_true", help="keep what DIR holds: write into DIR-2, the next time into DIR-3"
    )
    add_cores(group)
    group.add_argument(
        "--no-spans",
        metavar="KIND,…",
        type=_categories,
        default=(),
        help=f"leave spans of these kinds out: {', '.join(SPAN_CATEGORIES)}; without queue, what "
        "processes take from queues makes no tasks",
    )
    group.add_argument(
        "--label",
        choices=[*LABELS],
        help="args: keep what each task works on, as `square(3)`, in its bar and in tasks.label (default: "
        "none, since arguments may be secret; of bundled scenarios: args)",
    )
    group.add_argument(
        "--live",
        action="store_true",
        help="show the run while it goes on: workers, tasks, what takes longest, the finding so far",
    )
    group.add_argument("--quiet", action="store_true", help="print nothing but errors")
    group.add_argument("--json", action="store_true", help="print the summary on stderr as JSON")
    add_no_argv(group)


def _categories(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    for word in words:
        if word not in SPAN_CATEGORIES:
            raise argparse.ArgumentTypeError(f"{word} is none of {', '.join(SPAN_CATEGORIES)}")
    return words


def add_cores(group: argparse._ActionsContainer) -> None:
    """Add the option that says where core data comes from."""
    group.add_argument(
        "--cores",
        default="auto",
        choices=["auto", "kernel", "sampled", "stamps"],
        help="where core data comes from (default: auto, the best that this machine allows)",
    )


def add_no_argv(group: argparse._ActionsContainer) -> None:
    """Add the option that leaves the command line out of what is written."""
    group.add_argument(
        "--no-argv",
        action="store_true",
        help="keep the program's command line out of the trace; without this, values of options that are "
        "named like a password, token, secret or key stand in it as ***",
    )


def first_argument(argv: list[str], with_value: Collection[str] = WITH_VALUE) -> str | None:
    """Return the first word of `argv` that is no option and no value of an option in `with_value`."""
    words = iter(argv)
    for word in words:
        if word in with_value:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None
