"""The command line: `python -m tracer COMMAND …`. One file a command, and one line each in `COMMANDS`."""

from tracer.cli.main import main

__all__ = ["main"]
