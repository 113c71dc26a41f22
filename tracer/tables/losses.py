"""Kinds of loss that the diagnosis asks for: how they are worded, and how to find what they name."""

from __future__ import annotations

from collections.abc import Mapping

VERSION_NOT_KNOWN = "tasks of {}, a version that is not known"
"""Of a library and its version: processes in which it was left alone."""

MADE_BEFORE = "tasks of {}, a pool that was made before the trace began"
"""Of a kind of pool: pools, and executors, that were used in the trace, and are not followed."""

TAKEN_OUTSIDE = "messages of queues that nobody in the trace took, though later ones were taken"
"""Of queues with workers: tasks that somebody else did, who is not traced, or was there before the trace."""


def named(losses: Mapping[str, int], kind: str) -> list[str]:
    """Return what the losses of this kind, one of the above, name: ["mpire 9.0"], or ["Pool"]."""
    before, after = kind.split("{}")
    return [
        one.removeprefix(before).removesuffix(after)
        for one in map(str, losses)
        if one.startswith(before) and one.endswith(after)
    ]
