"""Which version of a library is there, and whether its inside is one that hooks were tried with."""

from __future__ import annotations

import os
import sys

from tracer.record import clock, schema, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    Tried = tuple[str, str]
    """The oldest and the newest version that hooks were tried with."""


def version_of(module: ModuleType) -> str:
    """Return the version of the library that a module is part of, "" where it does not say.

    It is what the top package calls `__version__`, or else what its installation is named: a package that is
    being imported may not have come to that line yet.
    """
    top = module.__name__.partition(".")[0]
    said = getattr(sys.modules.get(top), "__version__", None)
    return said if isinstance(said, str) else _installed(top)


def _installed(top: str) -> str:
    file = getattr(sys.modules.get(top), "__file__", None)
    if not file:
        return ""
    folder = os.path.dirname(file)
    if os.path.basename(file).startswith("__init__."):
        folder = os.path.dirname(folder)
    try:
        entries = os.listdir(folder)
    except OSError:
        return ""
    for entry in entries:
        name, _, rest = entry.partition("-")
        if rest.endswith(".dist-info") and name.lower().replace(".", "_") == top.lower():
            return str(rest.removesuffix(".dist-info").partition("-")[0])
    return ""


def numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: (1, 6) of "1.6.0rc1" are told apart from (1, 5).

    Of each part what stands before the first letter counts; the parts end with the first that has no number.
    """
    found = []
    for part in version.partition("+")[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits or len(digits) > 9:
            break
        found.append(int(digits))
        if digits != part:
            break
    return tuple(found)


def is_tried(version: str, tried: Tried) -> bool:
    """Tell whether hooks were tried with this version, or with an older and a newer one.

    A later correction of the newest one counts as that one: "1.6.3" as "1.6".
    """
    here, oldest, newest = numbers(version), numbers(tried[0]), numbers(tried[1])
    return bool(here) and oldest <= here and here[: len(newest)] <= newest


def step_aside(library: str, version: str) -> None:
    """Record that a library is not followed here: what is known of its inside does not hold."""
    current = session.current
    if current is not None:
        name, known = (current.name(session.shorten(text, 80)) for text in (library, version or "?"))
        current.record(schema.UNFOLLOWED, clock.clock(), name, known)
