"""What the words of each kind of record can be: what says otherwise was damaged, and is left out.

A process that is killed leaves whole records or none (`record/schema.py`). A machine that crashes, or a disk
that fails, may leave pages of anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.record import schema
from tracer.tables.statuses import STATUSES

Words = NDArray[np.int64]

_TIME = "time"
_JOB = (0, 1 << 40)
_INDEX = (0, 1 << 31)
_NUMBER = (0, 1 << 31)  # of a name, 0 for none; of a thread
_BYTES = (0, 1 << 53)
_ITEMS = (0, 1 << 32)
_CORE = (0, schema.CORE_UNKNOWN)
_ANY = (0, (1 << 63) - 1)
_VALUE = (-(1 << 31), 1 << 32)  # a PID, an exit code
_EVENT = (schema.START_CALLED, schema.STOPPED)

_RANGES: dict[int, tuple[tuple[int, int] | str, ...]] = {
    schema.NAME: ((1, 1 << 31), (0, 1 << 16)),
    schema.POOL: (_TIME, _NUMBER),
    schema.SUBMIT: (_JOB, _TIME, _NUMBER, _ITEMS),
    schema.DISPATCH: (_JOB, _INDEX, _TIME, _TIME, _TIME, _BYTES),
    schema.HAND_OVER: (_JOB, _TIME, _TIME, _TIME, _TIME, _BYTES, _ANY),
    schema.BEGIN: ((-1, 1 << 40), (-1, 1 << 31), _TIME, _TIME, _TIME, _TIME, _ITEMS),
    schema.DONE: (_TIME, _TIME, _TIME, _BYTES, _BYTES, _BYTES, _NUMBER),
    schema.RESULT: ((-1, 1 << 40), (-1, 1 << 31), _TIME, _TIME, _TIME, _NUMBER, _BYTES),
    schema.ITEM: (_ITEMS, _TIME, _TIME, _CORE),
    schema.SPAN: (_TIME, _TIME, _NUMBER, _NUMBER, _CORE, _NUMBER, _ANY),
    schema.THREAD: (_TIME, _NUMBER, _NUMBER, _NUMBER, _NUMBER),
    schema.THREAD_END: (_TIME, _NUMBER),
    schema.STAGE: ((schema.STARTED, schema.NATIVE), _TIME, _ANY, (0, schema.UNGUARDED)),
    schema.CHILD: (_JOB, _EVENT, _TIME, _VALUE, _NUMBER, _NUMBER),
    schema.CANCEL: (_JOB, _TIME),
    schema.BROKEN: (_TIME,),
    schema.ANSWER: (_JOB, _INDEX, _TIME, _TIME, _BYTES),
    schema.EXHAUSTED: (_JOB, _TIME),
    schema.UNFOLLOWED: (_TIME, _NUMBER, _NUMBER),
    schema.EARLIER: (_TIME, _NUMBER, _ANY),
    schema.AWAITED: (_JOB, _NUMBER),
    schema.LABEL: (_JOB, _INDEX, _ITEMS, _NUMBER),
    schema.PUT_LABEL: (_TIME, _NUMBER, _NUMBER),
    schema.CHANNEL: (_ANY, _NUMBER, _ANY, (0, schema.MANAGERS_QUEUE)),
    schema.PIPE: (_ANY, _ANY),
    schema.CLAIM: (_ANY,),
    schema.SKIPPED: (_TIME, _ITEMS),
    schema.PUT: (_TIME, _TIME, _TIME, _TIME, _TIME, _BYTES, _ANY),
    schema.TAKE: (_TIME, _TIME, _TIME, _TIME, _TIME, _BYTES, _NUMBER),
}
_STATUSES = {
    **dict.fromkeys((schema.DONE, schema.TAKE, schema.PUT), schema.UNPICKLABLE),
    schema.ITEM: len(STATUSES) - 1,
    schema.SKIPPED: 1,  # which end counted
}


@dataclass(frozen=True)
class Lifetime:
    """Between which instants of the journals' clock the run lay: no stamp is from before or after."""

    first: int = 1
    last: int = 1 << 62

    def holds(self, times: Words) -> NDArray[np.bool_]:
        """Tell of each stamp whether it can be one."""
        return (times >= self.first) & (times <= self.last)


def sound(words: Words, lifetime: Lifetime) -> NDArray[np.bool_]:
    """Tell of each record, a row of eight words, whether all that it says can be."""
    commits = words[:, schema.COMMIT]
    kinds = commits & 0xFF
    fine = np.zeros(len(words), np.bool_)
    for kind in np.flatnonzero(np.bincount(kinds, minlength=1)).tolist():
        if kind in _RANGES:
            at = np.flatnonzero(kinds == kind)
            fine[at] = _fits(kind, words[at], lifetime)
    return fine


def _fits(kind: int, words: Words, lifetime: Lifetime) -> NDArray[np.bool_]:
    fine = (words[:, schema.COMMIT] >> schema.STATUS_SHIFT & 0xFF) <= _STATUSES.get(kind, 0xFF)
    for place, allowed in enumerate(_RANGES[kind]):
        word = words[:, place]
        if isinstance(allowed, tuple):
            fine &= (word >= allowed[0]) & (word <= allowed[1])
        else:
            fine &= (word == 0) | lifetime.holds(word)
    return fine
