"""`help`: topics that the README has no room for, each a Markdown file in `tracer/help/`, and commands."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tracer.errors import UsageError

NAME = "help"
HELP = "explain a topic or a command; without a name, list the topics"
DESCRIPTION = "Explains a topic or a command. Without a name, lists the topics."

_FOLDER = Path(__file__).resolve().parents[2] / "help"
_WIDEST = 100
"""Columns: longer lines are hard to read."""
_BLANKS = re.compile(r"(?: |\033\[[\d;]*m)+$")


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add what to explain."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="a topic or a command")
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Show a topic, a command's help, or the list of topics."""
    commands: dict[str, argparse.ArgumentParser] = arguments.commands  # all of them, by name
    name, known = arguments.name, topics()
    if name is None:
        for topic in known:
            print(f"{topic:14}{sentence(topic)}")
        print("\n`python -m tracer help NAME` shows a topic, or the help of a command.")
    elif name in known:
        _show(text(name))
    elif name in commands:
        commands[name].print_help()
    else:
        raise UsageError(f"no help on {name!r}: choose from {', '.join([*known, *commands])}")
    return 0


def topics() -> list[str]:
    """The names of the topics, in the order of the alphabet."""
    return sorted(path.stem for path in _FOLDER.glob("*.md"))


def text(topic: str) -> str:
    """The Markdown of a topic: a title, one sentence on what it explains, and the rest."""
    return (_FOLDER / f"{topic}.md").read_text(encoding="utf-8")


def sentence(topic: str) -> str:
    """What the topic explains, in one sentence."""
    return text(topic).split("\n\n")[1].replace("\n", " ")


def _show(markdown: str) -> None:
    """Print Markdown: laid out on a terminal, as it is for anything else that reads it."""
    if not sys.stdout.isatty():
        print(markdown, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    console = Console(theme=Theme({"markdown.code": "bold"}))  # rich's own is a black box on a light ground
    console.width = min(console.width, _WIDEST)
    with console.capture() as shown:
        console.print(Markdown(markdown, code_theme="ansi_dark"))
    for line in shown.get().splitlines():  # which rich fills with blanks
        print(_BLANKS.sub(lambda blanks: "\033[0m" if "\033" in blanks[0] else "", line))
