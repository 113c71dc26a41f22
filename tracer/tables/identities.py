"""Who wrote a journal, and who is in the Manager list: mappings whose every value is what it can be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tracer.record.kinds import PROCESS_ROLES
from tracer.tables.contract import CORES
from tracer.tables.meta import whole

_LONGEST = 4096
_RANGES = re.compile(r"\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*")


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and _text(value[0]) and _number(value[1])


def _ranges(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 400 and bool(_RANGES.fullmatch(value)) and _few(value)


def _few(ranges: str) -> bool:
    ends = [part.partition("-") for part in ranges.split(",")]
    return all(int(first) <= int(last or first) < CORES for first, _, last in ends)


_number, _time = whole(0, 1 << 40), whole(0, 1 << 62)
_pid = whole(1, 1 << 31)

_FITS: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(("process", "host", "name", "start_method", "parent", "library"), _text),
    **dict.fromkeys(("pid", "ppid"), whole(0, 1 << 31)),
    **dict.fromkeys(("started", "ended", "reaped", "exited"), _time),
    "role": lambda value: isinstance(value, str) and value in PROCESS_ROLES,
    "birth": lambda value: _number(value) or _pair(value),
    "pool": _pair,
    "affinity": _ranges,
    "exitcode": whole(-(1 << 31), 1 << 32),
}


def sound(entry: object) -> dict[str, Any]:
    """Return what of an entry can be: a key that is not known, or with another value, is left out."""
    if not isinstance(entry, Mapping):
        return {}
    return {
        key: value
        for key, value in entry.items()
        if (value is None and key in _FITS) or (key in _FITS and _FITS[key](value))
    }


def writer(identity: object) -> dict[str, Any] | None:
    """Return the identity in a journal's header, None where it does not say who that was."""
    found = sound(identity)
    if not (found.get("process") and _pid(found.get("pid")) and found.get("role")):
        return None
    if found.get("birth") is not None and not _pair(found["birth"]):
        return None
    return {"name": f"process {found['pid']}"} | found


def entered(entry: object) -> dict[str, Any] | None:
    """Return an entry of the Manager list, None where it does not say who that was."""
    found = sound(entry)
    if not found.get("role") or not (found.get("process") or found.get("parent")):
        return None
    if found.get("birth") is not None and not (_number(found["birth"]) and found.get("parent")):
        return None
    return found
