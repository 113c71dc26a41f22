"""What the collector's last looks found of threads that stood → the table `standing`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracer import files
from tracer.record import schema
from tracer.record.kinds import OTHER, WAITS
from tracer.tables import definitions
from tracer.tables.columns import Integers
from tracer.tables.journals import Journals
from tracer.tables.messages import Messages
from tracer.tables.meta import whole
from tracer.tables.records import Lifetime

_LONGEST = 200
"""A name of the kernel's is shorter than this."""


_LONGEST_STACK = 1000
"""A few frames, each cut to less than a fourth of it (`tracer.record.stacks`)."""


def _text(value: object, longest: int = _LONGEST) -> bool:
    return isinstance(value, str) and len(value) <= longest and value.isprintable()


_FITS: dict[str, Callable[[object], bool]] = {
    "tid": whole(0, 1 << 32),
    "since": whole(1, 1 << 62),
    "woke": whole(0, 1 << 40),
    "limited": whole(0, 1),
    **dict.fromkeys(("process", "state", "wchan", "call", "object", "sigterm"), _text),
    "stack": lambda value: _text(value, _LONGEST_STACK),
    "wait": lambda value: value in WAITS,
    "identity": whole(0, 1 << 62),
}
_NEEDED = {"process", "tid", "since"}


def read_standing(
    folder: Path,
    journals: Journals,
    messages: Messages,
    processes: pd.DataFrame,
    origin: int,
    lifetime: Lifetime,
) -> tuple[pd.DataFrame, int]:
    """Return the table `standing`, empty where there is no file, and how many entries say what cannot be.

    `processes` is that table, in the order of the identities.
    """
    try:
        left = files.read_json(folder / schema.STANDING_FILE)
    except FileNotFoundError:
        return definitions.STANDING.empty(), 0
    except (OSError, ValueError):
        return definitions.STANDING.empty(), 1
    place = {one["process"]: at for at, one in enumerate(journals.identities)}
    channels = _channels(journals, messages)
    looks = left.get("looks") if isinstance(left, dict) else None
    rows, unfit = [], int(not isinstance(looks, list))
    for look in looks if isinstance(looks, list) else []:
        times = _times(look, lifetime)
        threads = look.get("threads") if isinstance(look, dict) else None
        if times is None or not isinstance(threads, list):
            unfit += 1
            continue
        for thread in threads:
            known = _sound(thread)
            if known is None or known["process"] not in place or not known["since"] <= times["seen"]:
                unfit += 1
                continue
            one = processes.iloc[place[known["process"]]]
            row = {
                key: known.get(key)
                for key in (
                    *("tid", "woke", "limited", "state", "call", "wchan"),
                    *("object", "sigterm", "stack"),
                )
            }
            row |= {"host": one["host"], "process": int(one["process"]), "pid": int(one["pid"])}
            row |= {"wait": known.get("wait", OTHER), "channel": channels.get(known.get("identity"))}
            row |= {key: value - origin for key, value in {"since": known["since"], **times}.items()}
            row["asked"] = int(look.get("asked") == 1)
            rows.append(row)
    return definitions.STANDING.from_rows(rows), unfit


def _times(look: object, lifetime: Lifetime) -> dict[str, int] | None:
    """Return when a look was, and since when nothing had moved by then; None where that cannot be."""
    if not isinstance(look, Mapping):
        return None
    seen, still = look.get("at"), look.get("still_since")
    if not (whole(1, 1 << 62)(seen) and whole(1, 1 << 62)(still)):
        return None
    inside = lifetime.holds(np.array([seen, still], np.int64)).all()
    return {"seen": seen, "still": still} if inside and still <= seen else None  # type: ignore[operator,dict-item]


def _sound(thread: object) -> dict[str, Any] | None:
    """Return what of an entry can be; None where it does not say who stood since when."""
    if not isinstance(thread, Mapping):
        return None
    found = {key: value for key, value in thread.items() if key in _FITS and _FITS[key](value)}
    return found if found.keys() >= _NEEDED else None


def _channels(journals: Journals, messages: Messages) -> dict[int | None, str]:
    """Return what each pipe is called that a queue or a connection of the program's uses, by its identity."""
    identities = journals.kind(schema.CHANNEL).word(0).tolist()
    streams = messages.stream_of_channel.tolist()
    return {
        one: str(messages.names[stream])
        for one, stream in zip(identities, streams, strict=True)
        if stream >= 0
    }


def without_early_ends(processes: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Return the table `processes` without the ends of those that were looked at later.

    A process says itself that it is about to end, and then may stand: it waits for its queues to be written.
    """
    seen = standing.groupby("process")["seen"].max().reindex(processes["process"])
    early = processes["exited"].lt(seen.to_numpy(np.float64, na_value=np.nan)).fillna(False)
    return processes.assign(exited=processes["exited"].mask(early.astype(bool)))


def since_slices(standing: pd.DataFrame, slices: pd.DataFrame) -> pd.DataFrame:
    """Return the table with `since` and `still` as the slices tell them: when threads last left a core.

    A look tells it within half a second. A thread that woke now and then keeps what the looks say, and is
    nobody that has moved; a process that the looks did not know moves, too, as does who computes just then.
    """
    if not len(standing) or not len(slices):
        return standing
    key = _keys(slices)
    start, end = (slices[name].to_numpy(np.int64) for name in ("start", "end"))
    mine, woke = _keys(standing), standing["woke"].to_numpy(np.int64, na_value=0) > 0
    since = standing["since"].to_numpy(np.int64, copy=True)
    still = standing["still"].to_numpy(np.int64, na_value=0, copy=True)
    for seen in np.unique(standing["seen"].to_numpy(np.int64)).tolist():
        rows = np.flatnonzero(standing["seen"].to_numpy(np.int64) == seen)
        before = end <= seen
        others = (start <= seen) & ~np.isin(key, mine[rows[woke[rows]]])
        last = pd.Series(end[before]).groupby(key[before]).max()
        exact = last.reindex(mine[rows]).to_numpy(np.float64)
        known = ~np.isnan(exact) & ~woke[rows]
        since[rows[known]] = exact[known].astype(np.int64)
        if others.any():
            still[rows] = min(end[others].max(), seen)
    return standing.assign(
        since=pd.Series(since, dtype=definitions.TIME, index=standing.index),
        still=pd.Series(still, dtype=definitions.TIME, index=standing.index).where(standing["still"].notna()),
    )


def _keys(frame: pd.DataFrame) -> Integers:
    """Return one number for each row's thread."""
    process = frame["process"].to_numpy(np.int64, na_value=-1)
    return np.asarray(process * (1 << 33) + frame["tid"].to_numpy(np.int64), np.int64)
