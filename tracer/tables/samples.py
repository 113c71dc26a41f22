"""Samples of threads → slices that are inferred from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracer import files
from tracer.record.schema import SAMPLE_WORDS, SAMPLES_SUFFIX
from tracer.tables.records import Lifetime, Words
from tracer.tables.switches import UNKNOWN, Slices


def read_samples(folder: Path, lifetime: Lifetime = Lifetime()) -> list[Slices]:  # noqa: B008  (it cannot change)
    """Return what the samples in `folder` tell of who held which core.

    Between two samples a thread was on cores for a known time, but it is not known when: it is put at the
    end of the interval, on the core of the later sample. So the sum is right, and each slice is as far off
    as the samples are apart.
    """
    found = []
    for path in sorted(folder.glob(f"*{SAMPLES_SUFFIX}")):
        try:
            with files.open_plain(path) as file:
                words = np.fromfile(file, np.int64)
        except (OSError, MemoryError):
            continue
        samples = words[: len(words) // SAMPLE_WORDS * SAMPLE_WORDS].reshape(-1, SAMPLE_WORDS)
        samples = samples[_sound(samples, lifetime)]
        samples = samples[np.lexsort((samples[:, 0], samples[:, 2], samples[:, 1]))]
        same = np.all(samples[1:, 1:3] == samples[:-1, 1:3], axis=1)
        before, after = samples[:-1][same], samples[1:][same]
        gained = np.minimum(after[:, 4] - before[:, 4], after[:, 0] - before[:, 0])
        kept = gained > 0
        after, gained = after[kept], gained[kept]
        reason = np.full(len(after), UNKNOWN, np.int64)
        end = after[:, 0]
        found.append(Slices(after[:, 3], after[:, 1], after[:, 2], end - gained, end, reason))
    return found


def _sound(samples: Words, lifetime: Lifetime) -> NDArray[np.bool_]:
    """Tell which samples say what can be: a damaged one is as if that thread had not been looked at then."""
    least, most = samples[:, 1:].min(axis=1, initial=0), samples[:, 1:].max(axis=1, initial=0)
    fine: NDArray[np.bool_] = lifetime.holds(samples[:, 0]) & (least >= 0) & (most < 1 << 62)
    return fine
