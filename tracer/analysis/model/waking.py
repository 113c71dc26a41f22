"""Waking: what a message costs more where its reader sleeps, which a busy run does not show.

    writer   ███ write ███                 awake: a copy into the pipe
    writer   ███ write ████ wake ███       asleep: the kernel puts the reader on a core first
    reader                     ┄┄┄██ reads

The numbers are of a machine, measured there by `tracer.cli.wakeups`. A run's own steps hold the cost for as
many of its tasks as found their reader asleep; a change that makes more or fewer of them adds the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Waking:
    """What one sleeping reader costs, in nanoseconds.

    write_ns         its writer, beyond a write to a reader that is awake
    latency_ns       until it reads, beyond one that is awake, where a core is free
    busy_latency_ns  the same where every core has work
    """

    write_ns: float
    latency_ns: float
    busy_latency_ns: float

    @classmethod
    def of_machine(cls, meta: Mapping[str, Any]) -> Waking | None:
        """Return what a run's `meta.json` says of its machine; None where it had not been measured there."""
        known = meta.get("wakeups")
        names = [one.name for one in fields(cls)]
        if not known or any(name not in known for name in names):
            return None
        return cls(**{name: float(known[name]) for name in names})


@dataclass(frozen=True)
class Extra:
    """What each result costs more: its `reply` and `collect`, ns; and the part `usual` that paid already."""

    reply_ns: float = 0.0
    collect_ns: float = 0.0
    usual: float = 0.0

    @classmethod
    def of(cls, waking: Waking, asleep: float, busy: bool) -> Extra:
        """Return it for a run in which the part `asleep` of the results found their reader asleep.

        `busy` tells whether the workers take all cores.
        """
        latency = waking.busy_latency_ns if busy else waking.latency_ns
        return cls(max(waking.write_ns, 0.0), max(latency, 0.0), min(max(asleep, 0.0), 1.0))

    def part(self, sleeps: bool) -> float:
        """Return which part of the cost comes on top: less than nothing where it was paid and is not now."""
        return (1.0 if sleeps else 0.0) - self.usual


NONE = Extra()
