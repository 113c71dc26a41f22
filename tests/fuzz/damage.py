"""Damage to any file: bytes, lengths, what kind of a file it is; and to JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

INTEGERS = (
    0,
    1,
    -1,
    2,
    3,
    255,
    65_535,
    1 << 24,
    (1 << 31) - 1,
    1 << 32,
    1 << 40,
    1 << 53,
    1 << 61,
    (1 << 63) - 1,
    -(1 << 63),
    -(1 << 31),
)
TEXTS = (
    "",
    " ",
    "x" * 100_000,
    "\0",
    "\x1b[31mred",
    "<b>&amp;",
    "$\\frac{a}$",
    "{0} %s",
    "計算",
    "\u202eabc",
    "🚀",
    "../../etc/passwd",
    "null",
    "a\nb\tc",
    "0-99999999999",
    "é" * 300,
)


def flip(random: Random, path: Path) -> None:
    """Change single bits."""
    data = bytearray(path.read_bytes())
    for _ in range(random.choice((1, 1, 3, 20))):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(data)


def cut(random: Random, path: Path) -> None:
    """End the file early, or let it go on with what is no part of it."""
    data = path.read_bytes()
    at = random.randrange(len(data) + 1)
    path.write_bytes(
        random.choice((data[:at], data[:at], data + random.randbytes(100), data + data[:at], b""))
    )


def smear(random: Random, path: Path) -> None:
    """Write zeros, ones or anything over a stretch."""
    data = bytearray(path.read_bytes())
    start = random.randrange(len(data) + 1)
    length = min(random.choice((1, 8, 64, 512, 4096)), len(data) - start)
    data[start : start + length] = random.choice((bytes(length), b"\xff" * length, random.randbytes(length)))
    path.write_bytes(data)


def move(random: Random, path: Path) -> None:
    """Copy a stretch of the file to another place in it."""
    data = bytearray(path.read_bytes())
    if len(data) > 128:
        length = random.choice((8, 64, 640))
        source, target = (random.randrange(0, max(len(data) - length, 1), 8) for _ in range(2))
        data[target : target + length] = data[source : source + length]
    path.write_bytes(data)


def replace(random: Random, path: Path) -> None:
    """Put something else in the file's place."""
    kind = random.choice(("gone", "folder", "fifo", "link", "loop", "zero"))
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to("/nowhere/at/all")
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")


FILES: tuple[Callable[[Random, Path], None], ...] = (flip, flip, cut, smear, smear, move, replace)


def change_json(random: Random, path: Path) -> None:
    """Change a value, a key or the nesting somewhere in a JSON file."""
    if random.random() < 0.2:
        path.write_text(
            random.choice(("", "{", "null", "[]", "1", "[" * 100_000, '{"a":' * 5000, "NaN", '"x"'))
        )
        return
    try:
        value = json.loads(path.read_text())
    except (ValueError, OSError, RecursionError):
        return  # the change before left no JSON
    for _ in range(random.choice((1, 1, 2, 5))):
        value = _changed(random, value)
    path.write_text(json.dumps(value))


def _changed(random: Random, value: Any) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(sorted(value))
        how = random.random()
        if how < 0.15:
            return {k: v for k, v in value.items() if k != key}
        if how < 0.2:
            return {**value, random.choice(TEXTS): value[key]}
        return {**value, key: _changed(random, value[key])}
    if isinstance(value, list) and value and random.random() < 0.9:
        at = random.randrange(len(value))
        if random.random() < 0.2:
            return value + value[at : at + 1] * random.choice((1, 3)) if random.random() < 0.5 else value[:at]
        return [*value[:at], _changed(random, value[at]), *value[at + 1 :]]
    others: tuple[Any, ...] = (
        None,
        True,
        [],
        {},
        [[]],
        {"a": 1},
        1.5,
        float("nan"),
        1e300,
        [value],
        str(value),
        *INTEGERS,
        *TEXTS,
    )
    return random.choice(others)
