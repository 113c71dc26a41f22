"""Changes to a folder of journals: what a crash, a full disk or a failing one may leave."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import numpy as np

from tests.fuzz.corpus import files
from tests.fuzz.damage import FILES, INTEGERS, change_json
from tracer.record import schema

STAMPED = (schema.POOL, schema.DONE, schema.SPAN, schema.THREAD, schema.PUT, schema.TAKE)
"""Kinds of records that begin with an instant."""
NEAR = (-1, 1, 1_000_000, -1_000_000)


def damage(random: Random, folder: Path) -> None:
    """Damage some files."""
    for _ in range(random.choice((1, 2, 5))):
        random.choice(FILES)(random, _some(random, folder))


def _some(random: Random, folder: Path, suffix: str = "") -> Path:
    here = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name.endswith(suffix)]
    return random.choice(here or [_refilled(folder)])


def _refilled(folder: Path) -> Path:
    path = folder / f"1-1-1.0{schema.JOURNAL_SUFFIX}"
    path.touch()
    return path


def words(random: Random, folder: Path) -> None:
    """Set words of records, or of what the kernel and the samples said."""
    suffix = random.choice((schema.JOURNAL_SUFFIX,) * 4 + (schema.SWITCHES_SUFFIX, schema.SAMPLES_SUFFIX))
    for _ in range(random.choice((1, 3, 10))):
        path = _some(random, folder, suffix)
        data = np.fromfile(path, np.int64)
        used = np.flatnonzero(data)
        if len(used):
            at = int(random.choice(used))
            near = (int(data[at]) + random.choice(NEAR)) % (1 << 63)
            data[at] = random.choice((near, near, int(data[random.choice(used)]), *INTEGERS))
            data.tofile(path)


def records(random: Random, folder: Path) -> None:
    """Take records away, double them, swap them, or put them into another journal."""
    first, second = (_some(random, folder, schema.JOURNAL_SUFFIX) for _ in range(2))
    one, other = (_split(path) for path in (first, second))
    for _ in range(random.choice((1, 3, 10))):
        if not len(one[1]) or not len(other[1]):
            return
        at, to = random.randrange(len(one[1])), random.randrange(len(other[1]))
        how = random.randrange(3)
        if how == 0:
            one[1][at] = 0
        elif how == 1:
            other[1][to] = one[1][at]
        else:
            swapped = one[1][at].copy()
            one[1][at], other[1][to] = other[1][to], swapped
    for path, (head, body) in ((second, other), (first, one)):
        path.write_bytes(head + body.tobytes())


def rare(random: Random, folder: Path) -> None:
    """Write records that only some runs have: what was counted, answered elsewhere, or not followed.

    Their numbers are of pools, jobs, channels and names that are there, or nearly; their times any stamp's.
    """
    path = _some(random, folder, schema.JOURNAL_SUFFIX)
    head, body = _split(path)
    free = np.flatnonzero(body[:, schema.COMMIT] == 0)
    stamps = body[np.isin(body[:, schema.COMMIT] & 0xFF, STAMPED), 0]
    if not len(free) or not len(stamps):
        return
    for at in free[: random.choice((1, 3, 10))].tolist():
        first, second, third = (int(random.choice(stamps)) for _ in range(3))
        few = random.choice((0, 1, 2, 3, 100))
        kind, words = random.choice((
            (schema.SKIPPED, (first, random.choice((0, 1, 5, 30_720)))),
            (schema.ANSWER, (few, random.choice((0, 1, 2)), second, third, random.choice((0, 20, 1 << 40)))),
            (schema.UNFOLLOWED, (first, few, random.choice((0, 1, 2)))),
        ))  # fmt: skip
        body[at, : len(words)] = words
        pool, status = random.choice((0, 1, 2)), random.choice((0, 1, 1, 2))
        body[at, schema.COMMIT] = kind | status << schema.STATUS_SHIFT | pool << schema.POOL_SHIFT
    path.write_bytes(head + body.tobytes())


def _split(path: Path) -> tuple[bytes, np.ndarray]:
    data = path.read_bytes()
    body = np.frombuffer(data[schema.HEADER_BYTES : len(data) // 8 * 8], np.int64)
    whole = len(body) // schema.RECORD_WORDS * schema.RECORD_WORDS
    return data[: schema.HEADER_BYTES], body[:whole].reshape(-1, schema.RECORD_WORDS).copy()


def segments(random: Random, folder: Path) -> None:
    """Lose a file, or have one twice under another name."""
    for _ in range(random.choice((1, 1, 2, 4))):
        path = _some(random, folder)
        names = (
            path.name.replace(".0.", ".1."),
            path.name.replace("-", "-1", 1),
            "cpu-x.switches",
            "cpu-70000.switches",
            ".0.journal",
            "a.9999999999.journal",
            "b.journal",
        )
        name = random.choice(names)
        if random.random() < 0.5 and name != path.name:
            shutil.copy(path, folder / name)
        else:
            path.unlink()


def stated(random: Random, folder: Path) -> None:
    """Change the roster, or what the run said of itself."""
    change_json(random, folder / random.choice((schema.ROSTER_FILE, schema.ROSTER_FILE, schema.SESSION_FILE)))


CHANGES = (damage, words, words, records, rare, segments, stated)


def change(random: Random, run: Path) -> None:
    """Change the journals of a run."""
    folder = run / schema.JOURNAL_FOLDER
    assert files(run)
    for each in random.choices(CHANGES, k=random.choice((1, 1, 2))):
        if (folder / schema.ROSTER_FILE).is_file() and (folder / schema.SESSION_FILE).is_file():
            each(random, folder)
