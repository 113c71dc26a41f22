"""When messages come too fast to stamp each, and which of them are then stamped."""

from __future__ import annotations

from pathlib import Path

from tracer.instrument.stdlib.pace import BURST, FAST_NS, SKIP, Pace
from tracer.record import schema
from tracer.record.journal import Journal


def test_fast_messages_are_counted_and_slow_ones_stamped() -> None:
    """Messages are skipped after a burst that was fast, and not after a slow one."""
    pace = Pace()
    pace.burst_ended(1000)
    assert (pace.skip, pace.left) == (0, BURST)  # how fast the first one was is not known
    pace.burst_ended(1000 + BURST * FAST_NS)
    assert pace.skip == 0
    pace.burst_ended(1000 + BURST * FAST_NS + 10)
    assert pace.skip == SKIP


def test_the_count_is_in_the_journal_as_it_grows(tmp_path: Path) -> None:
    """Each message that is skipped is in the record at once; when enough were, stamps begin again."""
    pace, journal = Pace(), Journal(str(tmp_path / "1-0"), {"role": "main"})
    pace.skip = 3
    at = journal.at
    for _ in range(2):
        pace.count(journal, schema.SKIPPED)
    words = journal.words[at // 8 : at // 8 + schema.RECORD_WORDS].tolist()
    assert (words[schema.SKIPPED_COUNT], words[schema.COMMIT]) == (2, schema.SKIPPED)
    pace.count(journal, schema.SKIPPED)
    assert (pace.skip, pace.left) == (0, BURST)
    assert journal.at == at + schema.RECORD_BYTES
