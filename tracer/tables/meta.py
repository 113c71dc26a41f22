"""`meta.json`: what a trace says of itself, and what its values may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tracer import files
from tracer.errors import TraceError
from tracer.tables.definitions import META

CORE_SOURCES = ("kernel", "sampled", "stamps")
_MOST_CORES = 1 << 16
_LONGEST = 1 << 20
_LONGEST_NS = 1e12


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def whole(least: int, most: int) -> Callable[[object], bool]:
    """Return what tells whether a value is a whole number from `least` to `most`; true and false are none."""
    return lambda value: type(value) is int and least <= value <= most


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _cores(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_CORES and all(map(whole(0, _MOST_CORES), value))


def _counts(value: object) -> bool:
    return isinstance(value, dict) and all(map(whole(0, 1 << 62), value.values())) and all(map(_text, value))


def _wakeups(value: object) -> bool:
    return isinstance(value, dict) and all(
        type(one) in (int, float) and 0 <= one < _LONGEST_NS for one in value.values()
    )


def _or_none(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


_FITS: dict[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(("tracer_version", "command", "python", "platform", "hostname"), (_text, "text")),
    "argv": (_or_none(_texts), "a list of texts, or null"),
    "cpu_count": (_or_none(whole(1, _MOST_CORES)), "a number of cores, or null"),
    "affinity": (_or_none(_cores), "a list of cores, or null"),
    "start_method": (_or_none(_text), "text, or null"),
    "origin_unix_ns": (whole(0, 1 << 63), "a time in nanoseconds"),
    "core_source": (lambda value: value in CORE_SOURCES, f"one of {', '.join(CORE_SOURCES)}"),
    "losses": (_counts, "an object of counts"),
    # Not asked for by the contract, and used where they are there.
    "core_source_why": (_text, "text"),
    "cpu_model": (_text, "text"),
    "named_only": (lambda value: isinstance(value, bool), "true or false"),
    "no_spans": (_texts, "a list of texts"),
    "oom_kills": (whole(0, 1 << 62), "a whole number"),
    "headline": (_text, "text"),
    "memory_limit": (whole(0, 1 << 62), "a number of bytes"),
    "wakeups": (_wakeups, "an object of nanoseconds"),
}


def read(path: Path) -> dict[str, Any]:
    """Read a `meta.json`. Raises TraceError, one line that names the key at fault."""
    return dict(check(read_object(path), path))


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that holds one JSON object. Raises TraceError."""
    try:
        value = files.read_json(path)
    except OSError as error:
        raise TraceError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise TraceError(f"{path}: not JSON ({error}); record the run again") from error
    if not isinstance(value, dict):
        raise TraceError(f"{path}: not a JSON object; record the run again")
    return value


def check(meta: Mapping[str, Any], path: Path, keys: tuple[str, ...] = META) -> Mapping[str, Any]:
    """Return `meta` if it has all of `keys`, each with a value as it can be. Raises TraceError."""
    if absent := [key for key in keys if key not in meta]:
        raise TraceError(f"{path}: no key {', '.join(absent)}; record the run again")
    for key, (fits, wanted) in _FITS.items():
        if key in meta and not fits(meta[key]):
            raise TraceError(f"{path}: {key} is not {wanted}; record the run again")
    return meta


_MAIN_END = ("pid", "exitcode", "exited")
_SESSION = tuple(key for key in META if key not in ("core_source", "losses"))


def read_session(path: Path) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Read what a run said of itself as it began, and what was seen of its main process's end, if anything.

    Raises TraceError.
    """
    found = read_object(path)
    check(found, path, (*_SESSION, "origin_ns"))
    seen = found.pop("main_end", None)
    main_end = {key: seen[key] for key in _MAIN_END if key in seen} if isinstance(seen, dict) else None
    wholes = {"origin_ns": found["origin_ns"], **(main_end or {})}
    for key, value in wholes.items():
        if not whole(-(1 << 31) if key == "exitcode" else 1, 1 << 61)(value):
            raise TraceError(f"{path}: {key} is not a whole number in its range; record the run again")
    return found, main_end
