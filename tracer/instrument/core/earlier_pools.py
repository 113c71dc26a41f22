"""Pools that were made before the trace began: they are not followed, which the trace says once for each."""

from __future__ import annotations

from tracer.record import clock, schema, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def note_made(*pools: Any) -> None:
    """Note on a pool, or what stands for one, that this trace has seen it being made, followed or not."""
    if session.current is not None:
        for pool in pools:
            pool._tracer_session = session.current.uid


def note_earlier(kind: str, pool: Any) -> None:
    """Record, the first time, that a pool of this kind is used which the trace has not seen being made.

    `pool` is what stands for it in this process. For paths of tasks that are not followed. A trace of named
    objects leaves the others alone, whenever they were made.
    """
    current = session.current
    if current is None or current.plan.get("named_only"):
        return
    if getattr(pool, "_tracer_session", None) != current.uid:
        pool._tracer_session = current.uid
        # Two threads may come here at once: the number tells that they mean one pool.
        current.record(schema.EARLIER, clock.clock(), current.name(kind), id(pool))
