"""Numbers and names as JSON, many at once: what the formats that are text have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from tracer.analysis.columns import Integers
from tracer.export.task_facts import Fact
from tracer.tables.definitions import printable

AT_ONCE = 1 << 16
"""Lines that are made at once."""


def as_json(texts: Iterable[str]) -> list[str]:
    """Return each text as a JSON string, in its own script: Perfetto does not read escapes of it."""
    return [json.dumps(printable(text), ensure_ascii=False) for text in texts]


def decimals(times: Integers, digits: int) -> list[str]:
    """Return whole numbers, none negative, divided by 10^digits and exact: 1234, 3 → "1.234"."""
    whole, part = np.divmod(times, 10**digits)
    return [f"{first}.{last:0{digits}d}" for first, last in zip(whole.tolist(), part.tolist(), strict=True)]


def objects(facts: Sequence[Fact], rows: Integers, texts: Sequence[str]) -> list[str]:
    """Return what is known of tasks as the inside of a JSON object each: `"task":5,"status":"ok"`.

    `texts` are the names as JSON, or what is to stand for them.
    """
    columns = []
    for fact in facts:
        key, known = json.dumps(fact.name), fact.known[rows].tolist()
        values = fact.values[rows].tolist()
        shown = [texts[value] for value in values] if fact.is_text else values
        columns.append(
            [f"{key}:{one}" if is_known else "" for one, is_known in zip(shown, known, strict=True)]
        )
    return (
        [",".join(filter(None, row)) for row in zip(*columns, strict=True)] if columns else [""] * rows.size
    )
