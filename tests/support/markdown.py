"""Markdown files of ours, read by their parts."""

from __future__ import annotations

import re

Row = list[str]


def rows(text: str, head: str) -> list[Row]:
    """The rows of the tables whose first line begins with `head`: their cells, as written."""
    found: list[Row] = []
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        if lines and lines[0].startswith(f"| {head}"):
            found += [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return found


def sections(text: str) -> dict[str, str]:
    """The sections of the second level, by title."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def codes(text: str) -> list[str]:
    """The words that are set as code."""
    return [word for code in re.findall(r"`([^`]+)`", text) for word in code.split()]


def commands(text: str) -> list[str]:
    """What follows `python -m tracer` wherever a command is shown, without comments."""
    return [found.partition("  #")[0].strip() for found in re.findall(r"python -m tracer([^`\n]*)", text)]
