"""What a command is: a module of `tracer.cli.commands` with these names."""

from __future__ import annotations

import argparse
from typing import Protocol


class Command(Protocol):
    """A command: `main` makes its parser, so that all have `--help`, `--debug` and one form of error."""

    @property
    def NAME(self) -> str:
        """The word that calls it."""

    @property
    def HELP(self) -> str:
        """What it is for, in the list of commands."""

    @property
    def DESCRIPTION(self) -> str:
        """What its own help begins with."""

    def add_options(self, parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
        """Add its options; return the part of its arguments `argv` that the parser is to read.

        `argv` is empty where another command is called. Raises TracerError.
        """

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; return the exit code. Raises TracerError."""
