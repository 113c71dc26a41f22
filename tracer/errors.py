"""The errors that are the user's to read; the command line catches `TracerError` once and prints its line."""

from __future__ import annotations


class TracerError(Exception):
    """Something the tracer cannot do; the message is one line that says what is wrong and how to go on.

    `exit_code` is what the command ends with: 1, or 2 where it was used wrongly.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class TraceError(TracerError):
    """A trace folder that cannot be read or written; the message names the file and, if known, the column."""


class ScenarioError(TracerError):
    """A scenario file whose `main` cannot become options: the message names file, line and parameter."""


class UsageError(TracerError):
    """A command that asks for what is not there, such as an unknown scenario."""

    exit_code = 2
