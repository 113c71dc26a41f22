"""Messages that come so fast that stamps would cost the program too much: some are stamped, the rest counted.

    BURST stamped ─ and again BURST, in less than FAST_NS each ─► SKIP counted ─► BURST stamped ─ …

The counts keep the order: where one process writes and one reads, each stamp is still known by its number.
"""

from __future__ import annotations

from tracer.record import schema
from tracer.record.clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tracer.record.journal import Journal

BURST = 2048
"""So many messages are stamped before it is asked how fast they came."""
SKIP = 15 * BURST
FAST_NS = 40_000
"""Both ends' stamps cost about 2 µs, a twentieth of this."""
PIPE_FAST_NS = 100_000
"""A connection's cost more: it is both ends, and the stock methods do the work."""
_COUNT = schema.SKIPPED_COUNT


class Pace:
    """Of one end of a channel: `left` to stamp until it is asked how fast they came, `skip` only to count."""

    __slots__ = ("_at", "_fast_ns", "_words", "began", "left", "skip")

    def __init__(self, fast_ns: int = FAST_NS) -> None:
        self._fast_ns = fast_ns
        self.left, self.skip, self.began = BURST, 0, 0
        self._words: Any = None
        self._at = 0

    def burst_ended(self, now: int) -> None:
        """So many have been stamped; from now on fewer are, if they came too fast."""
        if self.began and now - self.began < BURST * self._fast_ns:
            self.skip, self._words = SKIP, None
        self.left, self.began = BURST, now

    def stamped(self) -> None:
        """The next that is not stamped is counted anew."""
        self._words = None

    def count(self, journal: Journal, commit: int) -> None:
        """Count one that is not stamped. `commit` is that of a SKIPPED record of this end."""
        if self._words is None:
            self._words, self._at = journal.append(commit, clock(), 0)
        self._words[self._at + _COUNT] += 1
        self.skip -= 1
        if self.skip <= 0:
            self.skip, self.left, self.began = 0, BURST, clock()
